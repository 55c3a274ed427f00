import { appendFileSync } from 'node:fs';
import { formatCommand } from '@nx-redox/kit';
import { type FrontSettings, placesOf } from './settings';

/** A change that was made in a call, and why. */
export interface Change {
  what: string;
  why: string;
}

/** One call of a program in front. */
export interface CallEntry {
  kind: 'call';
  program: string;
  cwd: string;
  /** As the script wrote it. */
  before: readonly string[];
  /** As it was run. */
  after: readonly string[];
  changes: readonly Change[];
}

/** Something outside the source that a call has read. */
export interface ReadEntry {
  kind: 'read';
  what: 'file' | 'program' | 'variable';
  name: string;
}

/** The files that an initfs was made of. */
export interface InitfsEntry {
  kind: 'initfs';
  image: string;
  format: string;
  size: number;
  files: readonly { path: string; size: number; blake3: string }[];
  /** Hash of the program that the kernel starts. */
  bootstrap?: string;
}

/** A target of which LLVM compiles everything. */
export interface RefusedEntry {
  kind: 'refused';
  target: string;
  reason: string;
  words: string;
}

export type RecordEntry = CallEntry | ReadEntry | InitfsEntry | RefusedEntry;

/** Adds a line to the build's record. Calls run beside each other: a line is written at once. */
export function record(settings: Pick<FrontSettings, 'dir'>, entry: RecordEntry): void {
  appendFileSync(placesOf(settings.dir).record, `${JSON.stringify(entry)}\n`);
}

/** Writes a call down, and shows it before and after in a verbose build. */
export function recordCall(settings: FrontSettings, call: Omit<CallEntry, 'kind' | 'cwd'>): void {
  record(settings, { kind: 'call', cwd: process.cwd(), ...call });
  if (!settings.verbose) return;
  process.stderr.write(
    [
      `front: ${call.program} ${formatCommand(call.before)}`,
      `    -> ${formatCommand(call.after)}`,
      ...call.changes.map(({ what, why }) => `       ${what}: ${why}`),
      '',
    ].join('\n'),
  );
}
