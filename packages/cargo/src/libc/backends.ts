import { producerOf } from '@nx-redox/binary';
import { type Backend, BACKEND_NAMES, UserError } from '@nx-redox/kit';
import type { Evidence } from '../backend-check';
import { backendOf, type CrateBackend, CrateList, crateName } from '../crate-list';
import type { CompileSettings } from '../settings';
import { crateOf } from './crate-of';

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
  const list = new CrateList();
  const strangers = new Map<string, string>();
  const packages = new Map<string, string>();
  const note = (name: string, version: string, by: Backend | 'none', where: string) => {
    const key = `${name} ${version}`;
    if (by !== 'none' && by !== wanted(name)) {
      strangers.set(key, `${key}: ${BACKEND_NAMES[by]} instead of ${BACKEND_NAMES[wanted(name)]} (${where})`);
    }
    list.add({ name, version, backend: by });
  };
  for (const { name, version, report, file } of crates) {
    packages.set(crateName(name), name);
    if (report.producer === 'mixed') strangers.set(`${name} ${version}`, `${name} ${version}: both backends (${file})`);
    else note(name, version, backendOf(report.producer), file);
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
        strangers.set(label, `${label}: ${BACKEND_NAMES[unit.by]} (${unit.name} in ${file})`);
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
  const all = list.sorted();
  const known = new Set(all.map(({ name }) => name));
  const unknown = Object.keys(crateBackends).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UserError(`there is no crate ${unknown.map((name) => `"${name}"`).join(', ')} in this library`, {
      advice: 'correct `crates` of the component in [backend] of system.toml: it names Cargo packages',
    });
  }
  return all;
}
