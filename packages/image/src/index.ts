export { describeImage } from './describe';
export { type DiskRequest, writeDisk } from './disk';
export type { ImageRecord } from './record';
export type { DiskExecutorOptions } from './executors/disk/options';
