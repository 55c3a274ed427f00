export { annotationLines, annotationsOf, placesIn, type Annotation } from './annotations';
export { AsBuilt } from './as-built';
export { oneOf, parseCommandLine, runCommand, toJson, UsageError, type Output } from './cli/command';
export { formatTable } from './cli/table';
export { wantsColor } from './color';
export type {
  BootStage,
  Dialect,
  FailureWords,
  GuestWords,
  InitWords,
  LoginWords,
  MachineWords,
  MemoryMap,
  StageWords,
} from './dialect';
export { onlyVariables, outsideEnvironment, type Environment } from './environment';
export { asExecutor, type ExecutorResult } from './executor';
export { createFileWhole, readNamedFile, replaceDirectory, writeFileWhole } from './files';
export { forgetFailedProbes } from './failed-probes';
export { findProgram } from './find-program';
export { SAFE_GIT } from './git';
export { GIT_FILES, isGitName } from './git-name';
export { keepCompiledCode } from './compiled-code';
export { blake3Bytes, blake3File, blake3Hex, feedFile, sha256File } from './hash';
export { assertTreeInside, tooLarge, tooMany, unsafePath, type TreeLimits } from './safe-tree';
export { interruptible, Interrupted, listenForInterruption } from './interrupt';
export { MAX_TARGET_BYTES } from './links';
export { withMutex } from './mutex';
export { firmwareName, installAdvice, packagesOf } from './os-packages';
export { createProgress, type Progress } from './progress';
export { redact, withoutCredentials } from './redact';
export { run, signalGroup, type RunOptions, type RunResult } from './run';
export { cacheHome } from './cache-home';
export { isFile } from './is-file';
export { formatCommand, shellQuote } from './shell-quote';
export * from './target';
export { explainSystemError, formatError, UserError } from './user-error';
export { endWithUs } from './end-with-us';
export { visible } from './visible';
