export { emittedKinds } from './cargo/command-line';
export { prepareFront } from './prepare';
export { compileUnwind, UNWIND_CRATE } from './runtime/unwind';
export { writeArchive, type NewMember } from './runtime/archive';
export type { FrontSettings } from './settings';
export { type DepInfoFile, readFront, type FrontRecord, settleUnits } from './read-record';
export type { CallEntry, Change } from './record';
export { frontVersion } from './version';
