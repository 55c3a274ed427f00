export { bootSystem } from './boot';
export { formatCommand, qemuCommand, type BootFiles, type Console } from './command';
export type { BootContext } from './context';
export { deathsIn, type Death } from './deaths';
export { describeSyndrome, exceptionsIn } from './exception';
export { execSystem } from './exec';
export { qemuProgram } from './qemu-program';
export { findFirmware, type Firmware } from './firmware';
export {
  parseBootOptions,
  parseExecOptions,
  parseMachineOptions,
  type BootInput,
  type BootOptions,
  type BootSource,
  type ExecInput,
  type FailureOptions,
  type MachineInput,
  type MachineOptions,
  type StageOptions,
} from './options';
export { junit, type BootReport } from './report';
export { runSystem } from './run';
export { StageEngine, type EngineListener, type Judgement, type MachineExit, type StageState } from './stage-engine';
export { formatHits, loadDebugFiles, symbolise, type DebugFile, type SymbolHit } from './symbolise';
export { traceOf, type TraceEntry } from './trace';
