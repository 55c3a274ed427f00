export { makeConfigImage, planImage, type ConfigImage } from './image';
export { readStage } from './stage';
export type { ImageExecutorOptions } from './executors/image/options';
