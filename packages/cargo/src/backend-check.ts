import { readFile } from 'node:fs/promises';
import { type Backend, UserError } from '@nx-redox/common';
import { producerOf, type ProducerReport } from '@nx-redox/elf';
import { type ArtifactMessage, packageOf } from './messages';

/** A crate of the target and who compiled it; `none` has no code of its own (only generics, types, macros). */
export interface CrateBackend {
  name: string;
  version: string;
  backend: Backend | 'none';
}

/** What a file says about the backend that compiled it. */
export interface Evidence {
  name: string;
  version: string;
  report: ProducerReport;
  /** The file that was looked at. */
  file: string;
}

const LABEL: Record<Backend, string> = { cranelift: 'Cranelift', llvm: 'LLVM' };

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
    evidence.push({ ...packageOf(package_id), file: name, report: producerOf(await readFile(file), name) });
  }
  return evidence;
}

/**
 * Makes sure that the wanted backend, and no other, compiled every crate of a program. Assembly does not count: LLVM
 * assembles `asm!` and `global_asm!` for both backends.
 *
 * @param crates what the rlibs say.
 * @param program what the linked, unstripped file says: the only witness of the bin's own crate, and the one of the
 *   standard library's crates that are really used.
 * @param ownCrate name of the bin's crate.
 * @throws {UserError} naming each crate of the other backend.
 */
export function checkBackend(
  wanted: Backend,
  crates: readonly Evidence[],
  program: Evidence,
  ownCrate: string,
): CrateBackend[] {
  const other: Backend = wanted === 'cranelift' ? 'llvm' : 'cranelift';
  const strangers = new Map<string, string>();
  for (const { name, version, report, file } of crates) {
    if (report.producer === other || report.producer === 'mixed') {
      strangers.set(name.replaceAll('-', '_'), `${name} ${version} (${report.evidence.join(', ')} in ${file})`);
    }
  }
  for (const { by, crate, name } of program.report.units) {
    const key = crate ?? name;
    if (by !== other || strangers.has(key)) continue;
    const label = crate === ownCrate ? `${program.name} ${program.version}` : key;
    strangers.set(key, `${label} (codegen unit ${name} in ${program.file})`);
  }
  if (strangers.size > 0) {
    const list = [...strangers.values()].map((line) => `\n  ${line}`).join('');
    throw new UserError(
      `${program.name} was to be compiled by ${LABEL[wanted]} alone, but ${LABEL[other]} compiled:${list}`,
      {
        advice: [
          'look for `codegen-backend` in a profile of Cargo.toml or .cargo/config.toml, and for a RUSTC_WRAPPER that changes flags; then delete target/redox: cargo does not compile again what is there',
          'crates of the standard library (core, alloc, compiler_builtins) come from the sysroot: delete its folder and build it again',
        ],
      },
    );
  }
  if (!program.report.units.some(({ by, crate }) => by === wanted && crate === ownCrate)) {
    throw new UserError(
      `cannot tell which backend compiled ${program.name}: the linked file names no codegen unit of it`,
      {
        file: program.file,
        advice: 'take `-C strip` and the like out of the rustflags: the program is stripped after this check',
      },
    );
  }
  return crateList(wanted, crates, program);
}

/** Each package once, sorted. */
function crateList(wanted: Backend, crates: readonly Evidence[], program: Evidence): CrateBackend[] {
  const list = new Map<string, CrateBackend>();
  for (const { name, version, report } of [...crates, program]) {
    const key = `${name} ${version}`;
    // The same crate with other features may have no code; the one with code counts.
    if (list.get(key)?.backend === wanted) continue;
    list.set(key, { name, version, backend: report.producer === 'unknown' ? 'none' : wanted });
  }
  return [...list].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, crate]) => crate);
}
