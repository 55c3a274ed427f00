export { redox } from './dialect';
export { bootStages, type Login } from './boot-stages';
