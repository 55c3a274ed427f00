import type { DiskOptions } from '../../disk';

export type DiskExecutorSchema = DiskOptions;
