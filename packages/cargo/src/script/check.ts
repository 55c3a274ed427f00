import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { type Elf, producerOf } from '@nx-redox/binary';
import type { ElfKind } from '@nx-redox/bootcheck';
import { UserError } from '@nx-redox/kit';
import { checkBackend, type CrateBackend, crateEvidence, type Evidence, libcCrates } from '../backend-check';
import { checkBoot } from '../boot-check';
import { type ArtifactMessage, packageOf } from '../messages';
import type { LinkedLibc } from '../libc-link';
import type { BuildTools } from '../tools';
import type { Stage } from './stage';
import type { ScriptTask } from './task';

/** What is known of the Rust in a stage. */
export interface ProgramCrates {
  /** Crates that cargo compiled. */
  crates: CrateBackend[];
  /** Crates of the C library that are linked in. */
  libc?: ReturnType<typeof libcCrates>;
}

/**
 * Makes sure that the wanted backend alone compiled the Rust programs of a stage, and lists their crates. The C library
 * does not count: its own build has been checked.
 */
export async function checkPrograms(
  task: ScriptTask,
  tools: BuildTools,
  libc: LinkedLibc | undefined,
  stage: Stage,
  messages: readonly ArtifactMessage[],
): Promise<ProgramCrates> {
  const isForTarget = (name: string) => relative(tools.buildDir, name).split(sep).includes(tools.target);
  const display = (name: string) => relative(task.workspaceRoot, name);
  const evidence = await crateEvidence(messages, isForTarget, display);
  const crates = new Map<string, CrateBackend>();
  const units: Evidence['report']['units'] = [];
  for (const { path, program } of stage.files) {
    if (program === undefined) continue;
    const report = producerOf(program.bytes, path);
    units.push(...report.units);
    const own = await messageOf(program, messages);
    if (own === undefined) {
      checkForeign(task, path, report, libc);
      continue;
    }
    const witness: Evidence = { ...packageOf(own.package_id), report, file: path };
    const wish = { backend: task.backend, crateBackends: {}, crate: own.target.name.replaceAll('-', '_'), libc };
    for (const crate of checkBackend(wish, evidence, witness)) {
      crates.set(`${crate.name} ${crate.version}`, crate);
    }
  }
  return {
    crates: [...crates].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, crate]) => crate),
    libc: libcCrates(libc, { units }),
  };
}

/** The message by which cargo told of a program; undefined for one that no cargo of the script has linked so. */
async function messageOf(program: Elf, messages: readonly ArtifactMessage[]): Promise<ArtifactMessage | undefined> {
  for (const message of messages.toReversed()) {
    if (message.executable === null) continue;
    const bytes = await readFile(message.executable).catch(() => undefined);
    if (bytes !== undefined && bytes.equals(program.bytes)) return message;
  }
  return undefined;
}

/** A program that is not cargo's may be C; but if it is Rust, then by the right backend. */
function checkForeign(
  { backend }: ScriptTask,
  path: string,
  { producer, units, evidence }: Evidence['report'],
  libc: LinkedLibc | undefined,
): void {
  const other = backend === 'cranelift' ? 'llvm' : 'cranelift';
  const own = units.filter(({ name }) => !libc?.units.has(name));
  const stranger = own.find(({ by }) => by === other);
  // Without units, the file as a whole says who made it; with the C library's, that may be its compiler.
  if (stranger === undefined && (producer !== other || own.length < units.length)) return;
  const proof = stranger === undefined ? evidence.join(', ') : `codegen unit ${stranger.name}`;
  throw new UserError(`${path} was to be compiled by ${backend} alone, but ${other} compiled some of it (${proof})`, {
    advice:
      'compile it with $COOKBOOK_CARGO, without a target or codegen backend of its own, and do not strip it: the stage is stripped later',
  });
}

/**
 * Checks that the static programs of a stage can boot on Redox.
 *
 * @param kind what the recipe is for: its kernel or bootstrap is the file of that name in usr/lib/boot.
 * @returns the warnings, as text for people.
 * @throws {UserError} naming file, rule, reason and fix for each rule that is broken.
 */
export function bootWarnings(task: ScriptTask, kind: ElfKind, stage: Stage): string[] {
  return stage.files.flatMap(({ path, file, program }) => {
    if (program === undefined || !isStaticProgram(path, program)) return [];
    const isBoot = path.startsWith('usr/lib/boot/');
    if (isBoot && path !== `usr/lib/boot/${kind}`) return [];
    return checkBoot(program, isBoot ? kind : 'program', task.arch, relative(task.workspaceRoot, file));
  });
}

const PT_INTERP = 3;

function isStaticProgram(path: string, { segments }: Elf): boolean {
  return !/\.so(\.|$)/.test(path) && !segments.some(({ type }) => type === PT_INTERP);
}
