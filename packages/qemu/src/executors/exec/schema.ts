import type { ExecInput } from '../../options';

export type ExecExecutorSchema = ExecInput;
