import type { ConfigImage } from '../../image';

export type ImageExecutorOptions = ConfigImage;
