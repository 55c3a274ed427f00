export { asExecutor, type ExecutorResult } from './executor';
export { createFileWhole, replaceDirectory, writeFileWhole } from './files';
export { blake3File, blake3Hex } from './hash';
export { Interrupted, interruptSignal } from './interrupt';
export { createProgress, type Progress } from './progress';
export { run, signalGroup, type RunOptions, type RunResult } from './run';
export { ARCHES, BACKENDS, fillPath, type Arch, type Backend } from './target';
export { formatError, formatLocation, UserError, type UserErrorDetails } from './user-error';
