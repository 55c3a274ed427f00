export type { ImageExecutorOptions } from './executors/image/options';
