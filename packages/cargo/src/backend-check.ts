import { readFile } from 'node:fs/promises';
import { isElf, producerOf, type ProducerReport, readAr } from '@nx-redox/binary';
import { type Backend, BACKEND_NAMES, otherBackend, UserError } from '@nx-redox/kit';
import { backendOf, type CrateBackend, CrateList, crateName } from './crate-list';
import type { LinkedLibc } from './libc-link';
import { type ArtifactMessage, packageOf } from './messages';

/** What a file says about the backend that compiled it. */
export interface Evidence {
  name: string;
  version: string;
  report: ProducerReport;
  /** The file that was looked at. */
  file: string;
  /** Whether it holds objects of PE/COFF, which do not say who compiled them. */
  hasCoff?: boolean;
}

/**
 * Looks into the crates that cargo compiled, or found compiled, for the target.
 *
 * @param isForTarget tells files of the target from those of the host (build scripts, procedural macros).
 * @param display gives a file's name for people.
 */
export async function crateEvidence(
  artifacts: readonly ArtifactMessage[],
  isForTarget: (file: string) => boolean,
  display: (file: string) => string,
): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  for (const { package_id, filenames } of artifacts) {
    const file = filenames.find((name) => name.endsWith('.rlib') && isForTarget(name));
    if (file === undefined) continue;
    const name = display(file);
    const bytes = await readFile(file);
    const hasCoff = readAr(bytes, name).some((member) => member.name.endsWith('.rcgu.o') && !isElf(member.bytes));
    evidence.push({ ...packageOf(package_id), file: name, report: producerOf(bytes, name), hasCoff });
  }
  return evidence;
}

/** What is to be checked. */
export interface BackendWish {
  backend: Backend;
  /** Backends of Cargo packages that another one compiles. */
  crateBackends: Readonly<Record<string, Backend>>;
  /** Name of the program's own crate, as rustc knows it. */
  crate: string;
  libc?: Pick<LinkedLibc, 'units'>;
}

/**
 * Makes sure that every crate of a program was compiled by the backend that was wanted for it, and by no other. Assembly
 * does not count: LLVM assembles `asm!` and `global_asm!` for both backends. Neither does the C library, whose own build
 * has been checked.
 *
 * @param crates what the rlibs say.
 * @param program what the linked, unstripped file says: the only witness of the program's own crate, and the one of the
 *   standard library's crates that are really used.
 * @throws {UserError} naming each crate of a wrong backend.
 */
export function checkBackend(
  { backend, crateBackends, crate: ownCrate, libc }: BackendWish,
  crates: readonly Evidence[],
  program: Evidence,
): CrateBackend[] {
  const exceptions = new Map(Object.entries(crateBackends).map(([name, by]) => [crateName(name), by]));
  const wantedOf = (crate: string): Backend => exceptions.get(crate) ?? backend;
  // The program's package may be called otherwise than its crate.
  const ownWish = wantedOf(crateName(program.name));
  const strangers = new Map<string, string>();
  for (const { name, version, report, file } of crates) {
    const crate = crateName(name);
    if (report.producer === otherBackend(wantedOf(crate)) || report.producer === 'mixed') {
      strangers.set(crate, `${name} ${version} (${report.evidence.join(', ')} in ${file})`);
    }
  }
  for (const { by, crate, name } of program.report.units) {
    const key = crate ?? name;
    // Units without a crate's name, such as the one with the allocator's symbols, are of the program's own crate.
    const isOwn = crate === undefined || crate === ownCrate;
    if (by !== otherBackend(isOwn ? ownWish : wantedOf(crate))) continue;
    if (strangers.has(key) || libc?.units.has(name)) continue;
    const label = crate === ownCrate ? `${program.name} ${program.version}` : key;
    strangers.set(key, `${label} (codegen unit ${name} in ${program.file})`);
  }
  if (strangers.size > 0) {
    const list = [...strangers.values()].map((line) => `\n  ${line}`).join('');
    const wish = Object.entries(crateBackends).map(([name, by]) => `${name} by ${BACKEND_NAMES[by]}`);
    const wanted =
      wish.length === 0
        ? `${BACKEND_NAMES[backend]} alone, but ${BACKEND_NAMES[otherBackend(backend)]} compiled`
        : `${BACKEND_NAMES[backend]}, and ${wish.join(', ')}, but the other backend compiled`;
    throw new UserError(`${program.name} was to be compiled by ${wanted}:${list}`, {
      advice: [
        'look for `codegen-backend` in a profile of Cargo.toml or .cargo/config.toml, and for a RUSTC_WRAPPER that changes flags; then delete target/redox: cargo does not compile again what is there',
        'crates of the standard library (core, alloc, compiler_builtins) come from the sysroot: delete its folder and build it again',
      ],
    });
  }
  const known = new Set([...crates, program].map(({ name }) => name));
  const unknown = Object.keys(crateBackends).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UserError(`${program.name} has no crate ${unknown.map((name) => `"${name}"`).join(', ')}`, {
      advice: 'correct `crates` of the component in [backend] of system.toml: it names Cargo packages',
    });
  }
  if (!program.report.units.some(({ by, crate }) => by === ownWish && crate === ownCrate)) {
    throw new UserError(
      `cannot tell which backend compiled ${program.name}: the linked file names no codegen unit of it`,
      {
        file: program.file,
        advice: 'take `-C strip` and the like out of the rustflags: the program is stripped after this check',
      },
    );
  }
  // Of the linked file only the program's own crate is meant, which is checked above.
  const own = { ...program, report: { ...program.report, producer: ownWish } };
  return crateList([...crates, own].map(({ name, version, report }) => ({ name, version, by: report.producer })));
}

/**
 * The crates of a PE/COFF file. COFF objects do not say who compiled them; the compiler that was called has no other
 * backend than LLVM.
 *
 * @param own the package of the program.
 */
export function peCrates(
  backend: Backend,
  crates: readonly Pick<Evidence, 'name' | 'version' | 'hasCoff'>[],
  own: { name: string; version: string },
): CrateBackend[] {
  return crateList([
    ...crates.map(({ name, version, hasCoff }) => ({ name, version, by: hasCoff ? backend : ('unknown' as const) })),
    { ...own, by: backend },
  ]);
}

/** Crates of the C library that are in a linked file, with who compiled them. */
export function libcCrates(libc: Pick<LinkedLibc, 'units'> | undefined, report: Pick<ProducerReport, 'units'>) {
  if (!libc) return undefined;
  const found = new Map<string, Set<Backend>>();
  for (const { name } of report.units) {
    const unit = libc.units.get(name);
    if (unit?.crate === undefined || (unit.by !== 'cranelift' && unit.by !== 'llvm')) continue;
    found.set(unit.crate, (found.get(unit.crate) ?? new Set()).add(unit.by));
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, backends]) => [...backends].sort().map((backend) => ({ name, backend })));
}

/** Each package once, sorted. */
function crateList(
  crates: readonly { name: string; version: string; by: ProducerReport['producer'] }[],
): CrateBackend[] {
  const list = new CrateList();
  for (const { name, version, by } of crates) list.add({ name, version, backend: backendOf(by) });
  return list.sorted();
}
