import type { BootInput } from '../../options';

export type BootExecutorSchema = BootInput;
