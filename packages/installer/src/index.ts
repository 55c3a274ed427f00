export { makeConfigImage, planImage, type ConfigImage } from './image';
export { readStage } from './stage';
