import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, writeFileWhole } from '@nx-redox/kit';
import type { CallEntry, InitfsEntry, RecordEntry } from './record';
import type { CrateFallback } from './refusals';
import { type FrontSettings, placesOf } from './settings';

/** A file of dependencies, and the folder that its paths are relative to. */
export interface DepInfoFile {
  cwd: string;
  file: string;
}

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
  /** Calls of rustc since the last build whose reads were compared, those before it, and calls of the linker. */
  units: DepInfoFile[];
  knownUnits: DepInfoFile[];
  links: DepInfoFile[];
  /** Programs that were called and are not there. */
  missing: string[];
}

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

/** Each file once: the last call of it counts. */
async function depInfoFiles(list: string): Promise<DepInfoFile[]> {
  const files = new Map<string, string>();
  for (const line of await linesOf(list)) {
    const at = line.lastIndexOf('\t');
    if (at > 0) files.set(line.slice(at + 1), line.slice(0, at));
  }
  return [...files].map(([file, cwd]) => ({ cwd, file }));
}

/** Notes that what a build's calls of rustc have read was compared: the next build looks at them only if it uses them. */
export async function settleUnits({ dir }: Pick<FrontSettings, 'dir'>, record: FrontRecord): Promise<void> {
  const { units, knownUnits } = placesOf(dir);
  const all = new Map([...record.knownUnits, ...record.units].map(({ cwd, file }) => [file, cwd]));
  const lines = [...all].flatMap(([file, cwd]) => (existsSync(file) ? [`${cwd}\t${file}\n`] : []));
  await writeFileWhole(knownUnits, lines.join(''));
  await rm(units, { force: true });
}

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
    units: await depInfoFiles(places.units),
    knownUnits: await depInfoFiles(places.knownUnits),
    links: await depInfoFiles(places.links),
    missing: [...new Set(await linesOf(places.missing))],
  };
}
