export { type Artifact, artifactSchema } from './artifact';
export type { CrateBackend } from './backend-check';
export { type BatchEntry, type BatchResult, buildBatch } from './batch';
export { Builder, type BuildOptions } from './build';
export { CargoError, type Reporter } from './cargo';
export { type BuildTask, toTask } from './task';
export type { BuildExecutorSchema } from './executors/build/schema';
