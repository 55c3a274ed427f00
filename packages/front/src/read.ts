import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import type { CallEntry, InitfsEntry, RecordEntry } from './record';
import type { CrateFallback } from './refusals';
import { type FrontSettings, placesOf } from './settings';

/** What the programs in front have noted of a build. */
export interface FrontRecord {
  calls: CallEntry[];
  initfs: InitfsEntry[];
  /** Files, programs and variables outside the source that were read. */
  reads: { what: string; name: string }[];
  /** Crates that Cranelift has refused, by their names with cargo's hash. */
  fallbacks: Map<string, CrateFallback & { isFinal: boolean }>;
  /** Targets of which LLVM compiles everything. */
  refusedTargets: Map<string, string>;
  /** Lines of cargo's JSON messages. */
  messages: string[];
  /** Programs that were called and are not there. */
  missing: string[];
}

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

/** Reads the record of a build. */
export async function readFront({ dir, c }: FrontSettings): Promise<FrontRecord> {
  const places = placesOf(dir);
  const entries = (await linesOf(places.record)).map((line) => JSON.parse(line) as RecordEntry);
  const reads = new Map(
    entries.flatMap((entry) =>
      entry.kind === 'read' ? [[`${entry.what} ${entry.name}`, { what: entry.what, name: entry.name }] as const] : [],
    ),
  );
  for (const name of await readdir(places.used).catch((): string[] => [])) {
    const path = c.kind === 'llvm' ? c.programs[name] : join(c.bin, name);
    // What the toolchain brings is in its identity.
    if (path === undefined) continue;
    const { stdout } = await run(path, ['--version']);
    const version = stdout.split('\n').find((line) => /\d+\.\d+/.test(line)) ?? '';
    reads.set(`program ${name}`, { what: 'program', name: `${name}: ${version.trim()}` });
  }
  const fallbacks: FrontRecord['fallbacks'] = new Map();
  for (const name of await readdir(places.fallbacks).catch((): string[] => [])) {
    const [result, crate, id, reason, words] = (await readFile(join(places.fallbacks, name), 'utf8')).split('\n');
    fallbacks.set(name, {
      crate: crate!,
      backend: 'llvm',
      id: id!,
      reason: reason!,
      words: words!,
      isFinal: result === 'llvm',
    });
  }
  return {
    calls: entries.filter((entry) => entry.kind === 'call'),
    initfs: entries.filter((entry) => entry.kind === 'initfs'),
    reads: [...reads.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    fallbacks,
    refusedTargets: new Map(
      entries.flatMap((entry) =>
        entry.kind === 'refused' ? [[entry.target, `${entry.reason}: ${entry.words}`] as const] : [],
      ),
    ),
    messages: await linesOf(places.messages),
    missing: [...new Set(await linesOf(places.missing))],
  };
}
