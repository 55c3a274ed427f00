import type { DiskOptions } from '../../options';

export type DiskExecutorSchema = DiskOptions;
