import type { BundleOptions } from '../../bundle';

export type BundleExecutorSchema = BundleOptions;
