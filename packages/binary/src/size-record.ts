import { formatTable, UserError } from '@nx-redox/kit';
import { formatChange } from './compare-sizes';
import { SHF_ALLOC, SHT_NOBITS } from './constants';
import type { Elf } from './elf';
import { programItems } from './program-map';
import { cratesOf } from './why';

/** Bytes of a program's file by section and, if it has symbols, by crate. */
export interface ProgramSizes {
  sections: Record<string, number>;
  crates: Record<string, number>;
}

/** A file with its size and, if it is a program, what the bytes are. */
export interface SizedFile {
  path: string;
  size: number;
  sizes?: ProgramSizes;
}

/** The sizes of a program as it was linked. */
export function programSizes(elf: Elf): ProgramSizes {
  const sections: Record<string, number> = {};
  for (const { name, size, flags, type } of elf.sections) {
    if (size === 0 || type === SHT_NOBITS || (flags & BigInt(SHF_ALLOC)) === 0n) continue;
    sections[name] = (sections[name] ?? 0) + size;
  }
  const crates = elf.hasSymbols ? cratesOf(programItems(elf)) : [];
  return { sections, crates: Object.fromEntries(crates.map(({ name, size }) => [name, size])) };
}

/** What may have how many bytes, and whose words that are. */
export interface Budget {
  /** In bytes. */
  limit: number;
  /** What is measured: "logd", "the image". */
  what: string;
  /** The file that says so, for messages. */
  file?: string;
}

const SHOWN = 8;

/**
 * Makes sure that files are not larger than their budget.
 *
 * @param size of all of it, in bytes; of an image it is not that of its files together
 * @param last what the build before has left
 * @throws {UserError} with what grew since then.
 */
export function requireBudget(
  { limit, what, file }: Budget,
  now: { size: number; files: readonly SizedFile[] },
  last: { size: number; files: readonly SizedFile[] } | undefined,
  advice: readonly string[] = [],
): void {
  if (now.size <= limit) return;
  const over = `${what} has ${now.size} bytes, ${now.size - limit} more than its budget of ${limit}`;
  throw new UserError(`${over}\n${explain(now, last)}`, {
    ...(file === undefined ? {} : { file }),
    advice: [...advice, 'make it smaller, or raise the budget'],
  });
}

function explain(...[now, last]: [Parameters<typeof requireBudget>[1], Parameters<typeof requireBudget>[2]]): string {
  if (last === undefined) {
    return `there is no earlier build to compare it with; the largest parts are:\n${tables(now.files, undefined)}`;
  }
  if (now.size <= last.size) {
    return `it did not grow: the last build has ${last.size} bytes. The largest parts are:\n${tables(now.files, undefined)}`;
  }
  return `what grew since the last build, which has ${last.size} bytes:\n${tables(now.files, last.files)}`;
}

function tables(now: readonly SizedFile[], last: readonly SizedFile[] | undefined): string {
  const groups: [string, (files: readonly SizedFile[]) => Map<string, number>][] = [
    ['file', (files) => new Map(files.map(({ path, size }) => [path, size]))],
    ['section', (files) => sum(files.map(({ sizes }) => sizes?.sections))],
    ['crate', (files) => sum(files.map(({ sizes }) => sizes?.crates))],
  ];
  return groups.flatMap(([title, of]) => table(title, of(now), last && of(last)) ?? []).join('\n');
}

function sum(records: readonly (Record<string, number> | undefined)[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const record of records)
    for (const [name, size] of Object.entries(record ?? {})) result.set(name, (result.get(name) ?? 0) + size);
  return result;
}

function table(title: string, now: Map<string, number>, last: Map<string, number> | undefined): string | undefined {
  const rows = [...now]
    .map(([name, size]) => ({ name, size, growth: size - (last?.get(name) ?? 0) }))
    .filter(({ growth }) => growth > 0)
    .sort((a, b) => b.growth - a.growth || (a.name < b.name ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ name, size }) => [
      String(size),
      ...(last === undefined ? [] : [last.has(name) ? formatChange(last.get(name), size) : 'new']),
      name,
    ]);
  if (rows.length === 0) return undefined;
  return formatTable([['bytes', ...(last === undefined ? [] : ['change']), title], ...rows]).trimEnd();
}
