import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { producerOf } from '@nx-redox/binary';
import type { ElfKind } from '@nx-redox/bootcheck';
import type { FrontRecord } from '@nx-redox/front';
import { type Backend, BACKEND_NAMES, otherBackend, UserError } from '@nx-redox/kit';
import { type Evidence, libcCrates } from '../backend-check';
import { checkBoot } from '../boot-check';
import { backendOf, type CrateBackend, CrateList, crateName } from '../crate-list';
import { type ArtifactMessage, packageOf } from '../messages';
import type { LinkedLibc } from '../libc-link';
import { targetFiles } from './keep-programs';
import type { Stage } from './stage';
import type { ScriptTask } from './task';

/** Kinds of cargo's targets that are one crate in one file, which cargo names without a hash. */
const LINKED = new Set(['bin', 'staticlib', 'cdylib', 'example']);

/** A crate, and why another backend compiled it than the one that was asked for. */
interface ScriptCrate extends CrateBackend {
  because?: string;
}

/** What is known of the Rust in a stage. */
export interface ProgramCrates {
  /** Crates that cargo compiled for the target. */
  crates: ScriptCrate[];
  /** Crates of the C library that are linked in. */
  libc?: ReturnType<typeof libcCrates>;
}

/** Reasons for which crates, or whole targets, are LLVM's in a build by Cranelift. */
class Reasons {
  private readonly crates = new Map<string, string>();

  constructor(private readonly record: FrontRecord) {
    for (const { crate, reason, words } of record.fallbacks.values()) this.crates.set(crate, `${reason}: ${words}`);
  }

  /** Of the crate that a file of cargo holds: the target's, or the crate's own. */
  ofFile(file: string): string | undefined {
    const unit = /^lib(.+)\.r(?:lib|meta)$/.exec(basename(file))?.[1];
    if (unit === undefined) return this.ofTarget(file);
    const own = this.record.fallbacks.get(unit);
    // The library that a call is for is linked to a name without the hash.
    return this.ofTarget(file) ?? (own ? `${own.reason}: ${own.words}` : this.ofCrate(unit));
  }

  ofTarget(file: string): string | undefined {
    for (const [target, reason] of this.record.refusedTargets) if (file.includes(`/${target}/`)) return reason;
    return undefined;
  }

  /** Of a crate by its name, where nothing says which of several it is. */
  ofCrate(crate: string): string | undefined {
    return this.crates.get(crate);
  }

  /** Whether a codegen unit may be LLVM's. The allocator's, which rustc adds to the crate that it links, names no crate. */
  covers(crate: string | undefined): boolean {
    if (this.coversAll) return true;
    return crate === undefined ? this.crates.size > 0 : this.crates.has(crate);
  }

  /** Whether everything in the stage may be LLVM's. */
  get coversAll(): boolean {
    return this.record.refusedTargets.size > 0;
  }
}

/**
 * Makes sure that the wanted backend compiled each crate and program, but for what it has refused, and lists the crates.
 * The C library does not count: its own build has been checked.
 *
 * @throws {UserError} naming each crate that another backend compiled without a reason.
 */
export async function checkPrograms(
  task: ScriptTask,
  record: FrontRecord,
  libc: LinkedLibc | undefined,
  stage: Stage,
  messages: readonly ArtifactMessage[],
): Promise<ProgramCrates> {
  const other = otherBackend(task.backend);
  const reasons = new Reasons(record);
  const isForTarget = targetFiles(record);
  const crates = new CrateList<ScriptCrate>();
  const strangers: string[] = [];

  const programs = new Map<string, { name: string; version: string }>();
  for (const { package_id, filenames, target, executable } of messages) {
    const own = packageOf(package_id);
    const rlib = filenames.find((file) => file.endsWith('.rlib') && isForTarget(file));
    if (rlib === undefined) {
      const files = executable === null ? filenames : [executable];
      // `--emit` of the call may put them elsewhere, and cargo names none then.
      const isOurs = files.length === 0 || files.some(isForTarget);
      if (isOurs && target.kind.some((kind) => LINKED.has(kind))) programs.set(crateName(target.name), own);
      continue;
    }
    const bytes = await readFile(rlib).catch(() => undefined);
    if (bytes === undefined) continue;
    const { producer, evidence } = producerOf(bytes, rlib);
    const because = reasons.ofFile(rlib);
    if ((producer === other || producer === 'mixed') && because === undefined) {
      strangers.push(`${own.name} ${own.version} (${evidence.join(', ')} in ${relative(task.workspaceRoot, rlib)})`);
    }
    const backend = backendOf(producer);
    crates.add({ ...own, backend, ...(backend === other && because !== undefined ? { because } : {}) });
  }

  const units: Evidence['report']['units'] = [];
  for (const { path, program } of stage.files) {
    if (program === undefined) continue;
    const report = producerOf(program.bytes, path);
    units.push(...report.units);
    const own = report.units.filter(({ name }) => !libc?.units.has(name));
    for (const { by, crate, name } of own) {
      if (by !== other || reasons.covers(crate)) continue;
      strangers.push(`${crate ?? name} (codegen unit ${name} in ${path})`);
    }
    // Without units, the file as a whole says who made it; with the C library's, that may be its compiler.
    if (report.producer === other && report.units.length === 0 && !reasons.coversAll) {
      strangers.push(`${path} (${report.evidence.join(', ')})`);
    }
  }
  for (const [crate, own] of programs) {
    const because = reasons.ofCrate(crate);
    const unit = units.find((found) => found.crate === crate && (found.by === 'cranelift' || found.by === 'llvm'));
    const backend =
      (unit?.by as Backend | undefined) ?? (because !== undefined || reasons.coversAll ? 'llvm' : task.backend);
    crates.add({
      ...own,
      backend,
      ...(backend === other ? { because: because ?? [...record.refusedTargets.values()][0]! } : {}),
    });
  }
  if (strangers.length > 0) {
    throw new UserError(
      `recipe ${task.name} was to be compiled by ${BACKEND_NAMES[task.backend]}, but ${BACKEND_NAMES[other]} compiled, without a known reason:${strangers.map((line) => `\n  ${line}`).join('')}`,
      {
        advice:
          'compile with cargo, rustc or redoxer as they are on PATH, without a codegen backend of your own, and do not strip: the stage is stripped later',
      },
    );
  }
  return {
    crates: crates.sorted(),
    libc: libcCrates(libc, { units }),
  };
}

/** What boots, by its place in the stage. */
const BOOT_FILES: Readonly<Record<string, ElfKind>> = {
  'usr/lib/boot/kernel': 'kernel',
  'usr/lib/boot/bootstrap': 'bootstrap',
};

/**
 * Checks that the static programs of a stage can boot on Redox.
 *
 * @returns the warnings, as text for people.
 * @throws {UserError} naming file, rule, reason and fix for each rule that is broken.
 */
export function bootWarnings(task: ScriptTask, stage: Stage): string[] {
  return stage.files.flatMap(({ path, file, program }) => {
    if (program === undefined || !isStaticProgram(path, program)) return [];
    const kind = BOOT_FILES[path];
    // Other files there are for boot loaders and debuggers.
    if (path.startsWith('usr/lib/boot/') && kind === undefined) return [];
    return checkBoot(program, kind ?? 'program', task.arch, relative(task.workspaceRoot, file));
  });
}

/** Files for boot loaders stay as the recipe has made them, symbols in files of their own too; all but what boots. */
export const isStripped = (path: string): boolean => !path.startsWith('usr/lib/boot/') || path in BOOT_FILES;

const PT_INTERP = 3;

function isStaticProgram(path: string, { segments }: { segments: readonly { type: number }[] }): boolean {
  return !/\.so(\.|$)/.test(path) && !segments.some(({ type }) => type === PT_INTERP);
}
