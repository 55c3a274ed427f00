import type { CargoLock } from '@nx-redox/cargo-read';
import { GENERATIONS, OWNERS, type Generation } from './table';
import { areCompatible, compareVersions, compatibilityOf } from './version';

/** A change of a lock file: what `cargo update -p name@from --precise to` does. */
export interface Pin {
  name: string;
  from: string;
  to: string;
}

/** The command that makes the change by hand. */
export function pinCommand({ name, from, to }: Pin): string {
  return `cargo update -p ${name}@${from} --precise ${to}`;
}

/** The row of the table for a release of redox_syscall. */
export function generationOf(syscallVersion: string): Generation | undefined {
  return GENERATIONS.find(({ syscall }) => syscall === compatibilityOf(syscallVersion));
}

function linesOf(generation: Generation, crate: string) {
  return Object.entries(generation.crates).find(([name]) => name === crate)?.[1];
}

/** The row that a release of a crate belongs to; undefined for one that is not known. */
export function rowOf(crate: string, version: string): Generation | undefined {
  return GENERATIONS.find((generation) =>
    linesOf(generation, crate)?.some(
      ([first, last]) => compareVersions(first, version) <= 0 && compareVersions(version, last) <= 0,
    ),
  );
}

/** The newest release of a row, for a requirement that is written anew. */
export function newestOf(generation: Generation, crate: string): string | undefined {
  return linesOf(generation, crate)?.at(-1)?.[1];
}

/**
 * The pins that bring all crates of a lock file that are made for some redox_syscall into one row of the table.
 * Undefined if that would take a release that no requirement for the present one can allow.
 *
 * @param crates indexes of the packages that have to fit together.
 */
export function pinsTo({ packages }: CargoLock, crates: readonly number[], generation: Generation): Pin[] | undefined {
  const pins: Pin[] = [];
  for (const index of crates) {
    const { name, version, source } = packages[index]!;
    const isOwner = name === OWNERS[0];
    if (isOwner || rowOf(name, version) === generation) continue;
    const lines = linesOf(generation, name);
    // What the table does not know goes with the others, or it does not: cargo tells.
    if (lines === undefined) continue;
    const line = lines.find(([first]) => areCompatible(first, version));
    if (line === undefined || source?.startsWith('registry+') !== true) return undefined;
    pins.push({ name, from: version, to: line[1] });
  }
  return pins.sort((a, b) => turn(a) - turn(b));
}

/** Downwards, who needs libredox moves before it; upwards, after it: cargo refuses the other order. */
function turn({ name, from, to }: Pin): number {
  return (name === 'libredox' ? 1 : 0) * (compareVersions(from, to) > 0 ? 1 : -1);
}
