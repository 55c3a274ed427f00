import type { MachineInput } from '../../options';

export type RunExecutorSchema = MachineInput;
