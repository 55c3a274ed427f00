import { hash } from 'node:crypto';
import { parseCargoLock } from '@nx-redox/cargo-read';

/**
 * A hash of the part of a Cargo.lock that the given packages of the workspace reach, so that another member's crates
 * do not count. A file that cannot be read, or does not know the packages, counts whole.
 */
export function cargoLockSlice(text: string, names: readonly string[]): string {
  const whole = () => hash('sha256', text, 'hex');
  const packages = parseCargoLock(text, 'Cargo.lock').lock?.packages ?? [];
  const reached = new Set<number>();
  for (const name of names) {
    const start = packages.findIndex((entry) => entry.name === name && entry.source === undefined);
    if (start < 0) return whole();
    reached.add(start);
  }
  // What is added while the set is walked is visited too.
  for (const index of reached) packages[index]!.dependencies.forEach((next) => reached.add(next));
  const idOf = (index: number) => {
    const { name, version, source, hash } = packages[index]!;
    return JSON.stringify([name, version, source ?? null, hash ?? null]);
  };
  const lines = [...reached].map(
    (index) => `${idOf(index)} ${packages[index]!.dependencies.map(idOf).sort().join(' ')}`,
  );
  return hash('sha256', lines.sort().join('\n'), 'hex');
}
