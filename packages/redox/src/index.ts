export { redox } from './dialect';
export { bootStages, type BootStage, type Login } from './stages';
