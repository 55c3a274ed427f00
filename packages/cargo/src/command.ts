import { basename } from 'node:path';
import { type Freshness, freshnessArguments, freshnessFlags } from './inputs/freshness';
import { libcFlags, type LinkedLibc } from './libc-link';
import { patchArguments } from './patched-cargo-lock';
import type { CompileSettings, CratePatch } from './settings';
import type { BuildTask } from './task';

/** What cargo compiles, with what was found out for its command line. */
export interface Compilation extends CompileSettings {
  /** Name of the target specification. */
  target: string;
  /** Folder of the Cargo workspace (or of the package, if it is in none): cargo runs here and reads its configuration from here. */
  cargoRoot: string;
  /** The lock file, if not the source's own. */
  lockFile?: string;
  /** Those of the task's patches that something needs. */
  usedPatches: readonly CratePatch[];
  /** What cargo does not watch. */
  freshness?: Freshness;
}

/** A program, likewise. */
export interface PreparedTask extends BuildTask, Compilation {
  /** The copy of the linker script that is linked with; its folder is on the linker's search path. */
  placedScript?: string;
  /** The linker script and what it includes, by their own names. */
  scriptFiles?: readonly string[];
  /** The package as no other one is called: a dependency may have its name. */
  packageId: string;
  /** Whether the package has a build script, which profile flags would reach, too. */
  hasBuildScript: boolean;
  /** Whether the package has other programs than the task's. */
  hasOtherBins: boolean;
  /** What cargo makes: a program, or a static library that is linked to one afterwards. */
  crateType: 'bin' | 'staticlib';
  /** Name of the bin's or library's crate, as rustc knows it. */
  crate: string;
  libc?: LinkedLibc;
}

/** Flags for the crates of the task's package. They hold no absolute path: cargo hashes them into symbol names. */
export function packageFlags(task: PreparedTask): string[] {
  return [...kindFlags(task), ...freshnessFlags(task.freshness ?? {}, task.package)];
}

function kindFlags(task: PreparedTask): string[] {
  if (task.crateType === 'staticlib') return [...task.rustflags];
  // Else lld writes the time into PE/COFF files, or a hash of a PDB file that names rustc's temporary folder.
  if (task.kind === 'bootloader') return [...task.rustflags, '-Clink-arg=/Brepro', '-Clink-arg=/DEBUG:NONE'];
  return linkFlags(task);
}

/** Flags that link a program for Redox. */
function linkFlags({
  libc,
  rustflags = [],
  placedScript,
}: Partial<Pick<PreparedTask, 'libc' | 'rustflags' | 'placedScript'>>): string[] {
  return [
    ...(libc ? libcFlags(libc) : []),
    ...rustflags,
    ...(placedScript ? [`-Clink-arg=-T${basename(placedScript)}`] : []),
    // Redox's page size on every architecture; lld's default for aarch64 is 64 KiB.
    '-Clink-arg=-zmax-page-size=4096',
  ];
}

function commonArguments(task: PreparedTask, color: boolean): string[] {
  return [
    '--release',
    '--locked',
    `--target=${task.target}`,
    `--message-format=${color ? 'json-diagnostic-rendered-ansi' : 'json'}`,
    `--color=${color ? 'always' : 'never'}`,
    ...(task.defaultFeatures ? [] : ['--no-default-features']),
    ...patchArguments(task.usedPatches),
    ...backendArguments(task),
  ];
}

/**
 * Backends by cargo's profiles, if there are two in one build; else it is a flag for every crate. Host crates (build
 * scripts, procedural macros) follow the profile, too.
 */
export function backendArguments({
  backend,
  crateBackends,
}: Pick<CompileSettings, 'backend' | 'crateBackends'>): string[] {
  const exceptions = Object.entries(crateBackends);
  if (exceptions.length === 0) return [];
  return [
    ...['--config', `profile.release.codegen-backend=${JSON.stringify(backend)}`],
    ...exceptions.flatMap(([name, other]) => [
      '--config',
      `profile.release.package.${JSON.stringify(name)}.codegen-backend=${JSON.stringify(other)}`,
    ]),
  ];
}

/** Per-package flags without a config file; by name, as manifests name packages: cargo takes one override for each. */
function profileFlags(task: PreparedTask): string[] {
  const key = `profile.release.package.${JSON.stringify(task.package)}.rustflags`;
  return ['--config', `${key}=${JSON.stringify(packageFlags(task))}`];
}

/** `cargo rustc` for one program. */
export function rustcArguments(task: PreparedTask, color: boolean): string[] {
  return [
    'rustc',
    ...commonArguments(task, color),
    `--package=${task.packageId}`,
    task.crateType === 'bin' ? `--bin=${task.bin}` : '--lib',
    ...(task.features.length > 0 ? [`--features=${task.features.join(',')}`] : []),
    ...freshnessArguments(task.freshness ?? {}, task.hasBuildScript ? [] : [task.package]),
    ...(task.hasBuildScript ? ['--', ...packageFlags(task)] : profileFlags(task)),
  ];
}

/**
 * One `cargo build` for many programs of one Cargo workspace, target and backend. Each of them is fresh for the
 * {@link rustcArguments} that follow: the same flags, features and file names.
 */
export function jointArguments(tasks: readonly [PreparedTask, ...PreparedTask[]], color: boolean): string[] {
  const features = tasks.flatMap((task) => task.features.map((feature) => `${task.package}/${feature}`));
  return [
    'build',
    ...commonArguments(tasks[0], color),
    // One broken program leaves the others their work.
    '--keep-going',
    ...tasks.map((task) => `--package=${task.packageId}`),
    // With features per package, cargo looks for a --bin by name in each of the packages.
    '--bins',
    ...(features.length > 0 ? [`--features=${features.join(',')}`] : []),
    ...freshnessArguments(
      Object.assign({}, ...tasks.map(({ freshness }) => freshness)) as Freshness,
      tasks.map((task) => task.package),
    ),
    ...tasks.flatMap(profileFlags),
  ];
}

/**
 * Splits tasks into groups that one cargo run can build together. A task whose flags need a run of its own is in none:
 * cargo would hand per-package flags to its build script, or it shares its package or its program's name.
 */
export function jointGroups(tasks: readonly PreparedTask[]): [PreparedTask, ...PreparedTask[]][] {
  const groups = new Map<string, PreparedTask[]>();
  for (const task of tasks) {
    if (task.hasBuildScript || task.hasOtherBins || task.crateType !== 'bin') continue;
    const key = JSON.stringify([
      ...[task.cargoRoot, task.target, task.backend, task.sysrootDir],
      // What holds for all of a run.
      ...[task.defaultFeatures, task.lockFile, task.usedPatches, task.cfgs, task.env, task.crateBackends, task.libcDir],
      // Of packages that several of them need, nobody may say another thing.
      task.reads,
    ]);
    const group = groups.get(key) ?? [];
    if (group.some((other) => other.package === task.package || other.bin === task.bin)) continue;
    groups.set(key, [...group, task]);
  }
  return [...groups.values()].filter((group): group is [PreparedTask, ...PreparedTask[]] => group.length > 1);
}
