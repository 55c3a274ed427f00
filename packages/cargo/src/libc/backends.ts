import { producerOf } from '@nx-redox/binary';
import { type Backend, UserError } from '@nx-redox/kit';
import type { CrateBackend, Evidence } from '../backend-check';
import type { CompileSettings } from '../settings';
import { crateOf } from './crate-of';

const LABEL: Record<Backend, string> = { cranelift: 'Cranelift', llvm: 'LLVM' };
const asCrate = (name: string) => name.replaceAll('-', '_');

/** A file with code, and the crate that it was made for. */
export interface Library {
  /** Package and version. */
  name: string;
  version: string;
  crate: string;
  bytes: Uint8Array;
  file: string;
}

/**
 * Makes sure that each crate of a library was compiled by the backend that it was to be compiled by. Assembly does not
 * count: LLVM assembles `asm!` and `global_asm!` for both.
 *
 * @param wish the backend of all crates, and those of packages that another one compiles
 * @param crates what the rlibs of the dependencies say
 * @param libraries the static libraries; every object file in them is looked at, those of the standard library as well
 * @returns each package once, sorted by name.
 * @throws {UserError} naming each crate of another backend.
 */
export function checkLibraries(
  { backend, crateBackends }: Pick<CompileSettings, 'backend' | 'crateBackends'>,
  crates: readonly Evidence[],
  libraries: readonly Library[],
): CrateBackend[] {
  const wanted = (name: string): Backend => crateBackends[name] ?? backend;
  const list = new Map<string, CrateBackend>();
  const strangers = new Map<string, string>();
  const packages = new Map<string, string>();
  const note = (name: string, version: string, by: Backend | 'none', where: string) => {
    const key = `${name} ${version}`;
    if (by !== 'none' && by !== wanted(name)) {
      strangers.set(key, `${key}: ${LABEL[by]} instead of ${LABEL[wanted(name)]} (${where})`);
    }
    // The same crate with other features may have no code; the one with code counts.
    if ((list.get(key)?.backend ?? 'none') === 'none') list.set(key, { name, version, backend: by });
  };
  for (const { name, version, report, file } of crates) {
    packages.set(asCrate(name), name);
    if (report.producer === 'mixed') strangers.set(`${name} ${version}`, `${name} ${version}: both backends (${file})`);
    else note(name, version, report.producer === 'unknown' ? 'none' : report.producer, file);
  }
  for (const { crate, name } of libraries) packages.set(crate, name);
  for (const { name, version, crate, bytes, file } of libraries) {
    let isThere = false;
    for (const unit of producerOf(bytes, file).units) {
      if (unit.by !== 'cranelift' && unit.by !== 'llvm') continue;
      const owner = unit.crate ?? crateOf(unit.name) ?? '';
      if (owner === crate) {
        isThere = true;
        note(name, version, unit.by, `${unit.name} in ${file}`);
      } else if (unit.by !== wanted(packages.get(owner) ?? owner)) {
        const label = packages.get(owner) ?? (owner || unit.name);
        strangers.set(label, `${label}: ${LABEL[unit.by]} (${unit.name} in ${file})`);
      }
    }
    if (!isThere) {
      throw new UserError(`cannot tell which backend compiled ${name}: no object file of it is there`, { file });
    }
  }
  if (strangers.size > 0) {
    throw new UserError(
      `crates were compiled by another backend than they should be:${[...strangers.values()].map((line) => `\n  ${line}`).join('')}`,
      {
        advice: [
          'see [backend] of system.toml for what should compile them, and look for `codegen-backend` in a profile of Cargo.toml or .cargo/config.toml',
          'crates of the standard library (core, alloc, compiler_builtins) come from the sysroot: delete its folder and build it again',
        ],
      },
    );
  }
  const known = new Set([...list.values()].map(({ name }) => name));
  const unknown = Object.keys(crateBackends).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UserError(`there is no crate ${unknown.map((name) => `"${name}"`).join(', ')} in this library`, {
      advice: 'correct `crates` of the component in [backend] of system.toml: it names Cargo packages',
    });
  }
  return [...list].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, crate]) => crate);
}
