export { oneOf, parseCommandLine, runCommand, toJson, UsageError, type Output } from './cli/command';
export { formatTable } from './cli/table';
export type {
  Dialect,
  FailureWords,
  GuestWords,
  InitWord,
  InitWords,
  LoginWords,
  MachineWords,
  MemoryMap,
  StageWords,
} from './dialect';
export { asExecutor, type ExecutorResult } from './executor';
export { createFileWhole, replaceDirectory, writeFileWhole } from './files';
export { blake3File, blake3Hex } from './hash';
export { Interrupted, interruptSignal } from './interrupt';
export { createProgress, type Progress } from './progress';
export { redact, withoutCredentials } from './redact';
export { run, signalGroup, type RunOptions, type RunResult } from './run';
export { ARCHES, BACKENDS, fillPath, type Arch, type Backend } from './target';
export { formatError, formatLocation, UserError, type UserErrorDetails } from './user-error';
