export { prepareFront, type Front, type FrontOptions } from './prepare';
export { compileUnwind, UNWIND_CRATE } from './runtime/unwind';
export { writeArchive, type NewMember } from './runtime/archive';
export { type FrontSettings, placesOf } from './settings';
export { type DepInfoFile, readFront, type FrontRecord, settleUnits } from './read';
export type { CallEntry, Change, InitfsEntry } from './record';
export type { CrateFallback } from './refusals';
export { frontVersion } from './version';
export { withLock } from './lock';
