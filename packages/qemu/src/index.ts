export type { BootInput, ExecInput, MachineInput } from './options';
