import type { ProducerReport } from '@nx-redox/binary';
import type { Backend } from '@nx-redox/kit';

/** A crate of the target and who compiled it; `none` has no code of its own (only generics, types, macros). */
export interface CrateBackend {
  name: string;
  version: string;
  backend: Backend | 'none';
}

/** Who compiled something, as far as it is one of the backends. */
export function backendOf(producer: ProducerReport['producer']): CrateBackend['backend'] {
  return producer === 'cranelift' || producer === 'llvm' ? producer : 'none';
}

/** Name of a package's crate, as rustc knows it. */
export const crateName = (name: string): string => name.replaceAll('-', '_');

/** Crates that were compiled, each package once. */
export class CrateList<Crate extends CrateBackend = CrateBackend> {
  private readonly crates = new Map<string, Crate>();

  add(crate: Crate): void {
    const key = `${crate.name} ${crate.version}`;
    // The same crate with other features may have no code; the one with code counts.
    if ((this.crates.get(key)?.backend ?? 'none') === 'none') this.crates.set(key, crate);
  }

  /** By name and version. */
  sorted(): Crate[] {
    return [...this.crates].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, crate]) => crate);
  }
}
