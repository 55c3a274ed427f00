export { BOOT_LOADER } from './boot-files';
export { describeImage } from './describe';
export { writeDisk, type DiskRequest } from './disk';
export { listRedoxfs, type RedoxfsNode, type RedoxfsSummary } from './helper';
export type { ContentPart, DiskNode } from './node';
export { makeDisk, type DiskOptions, type DiskPlan } from './options';
export type { ImageRecord } from './record';
export { imageTool } from './tool';
export type { DiskEntry } from './tree';
