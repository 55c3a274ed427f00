import type { BuildTask } from './task';

/** A task with what was found out for its command line. */
export interface PreparedTask extends BuildTask {
  /** Name of the target specification. */
  target: string;
  /** The linker script's name in the folder of linker scripts, which is on the linker's search path. */
  linkerScriptName?: string;
  /** Whether the package has a build script, which profile flags would reach, too. */
  hasBuildScript: boolean;
}

/** Flags for the crates of the task's package. They hold no absolute path: cargo hashes them into symbol names. */
export function packageFlags(task: PreparedTask): string[] {
  return [
    ...task.rustflags,
    ...(task.linkerScriptName ? [`-Clink-arg=-T${task.linkerScriptName}`] : []),
    // Redox's page size on every architecture; lld's default for aarch64 is 64 KiB.
    '-Clink-arg=-zmax-page-size=4096',
  ];
}

function commonArguments(task: PreparedTask, color: boolean): string[] {
  return [
    '--release',
    '--locked',
    `--manifest-path=${task.manifestPath}`,
    `--target=${task.target}`,
    `--message-format=${color ? 'json-diagnostic-rendered-ansi' : 'json'}`,
    `--color=${color ? 'always' : 'never'}`,
  ];
}

/** Per-package flags without a path to a config file: `profile.release.package."name".rustflags`. */
function profileFlags(task: PreparedTask): string[] {
  const name = JSON.stringify(task.package);
  return ['--config', `profile.release.package.${name}.rustflags=${JSON.stringify(packageFlags(task))}`];
}

/** `cargo rustc` for one program. */
export function rustcArguments(task: PreparedTask, color: boolean): string[] {
  return [
    'rustc',
    ...commonArguments(task, color),
    `--package=${task.package}`,
    `--bin=${task.bin}`,
    ...(task.features.length > 0 ? [`--features=${task.features.join(',')}`] : []),
    ...(task.hasBuildScript ? ['--', ...packageFlags(task)] : profileFlags(task)),
  ];
}

/**
 * One `cargo build` for many programs of one manifest, target and backend. Each of them is fresh for the
 * {@link rustcArguments} that follow: the same flags, features and file names.
 */
export function jointArguments(tasks: readonly [PreparedTask, ...PreparedTask[]], color: boolean): string[] {
  const unique = (values: string[]) => [...new Set(values)];
  const features = tasks.flatMap((task) => task.features.map((feature) => `${task.package}/${feature}`));
  return [
    'build',
    ...commonArguments(tasks[0], color),
    // One broken program leaves the others their work.
    '--keep-going',
    ...unique(tasks.map((task) => `--package=${task.package}`)),
    ...unique(tasks.map((task) => `--bin=${task.bin}`)),
    ...(features.length > 0 ? [`--features=${unique(features).join(',')}`] : []),
    ...tasks.flatMap(profileFlags),
  ];
}

/**
 * Splits tasks into groups that one cargo run can build together. A task whose flags need a run of its own is in none:
 * cargo would hand per-package flags to its build script, or the package or the program's name is taken already.
 */
export function jointGroups(tasks: readonly PreparedTask[]): [PreparedTask, ...PreparedTask[]][] {
  const groups = new Map<string, PreparedTask[]>();
  for (const task of tasks) {
    if (task.hasBuildScript) continue;
    const key = JSON.stringify([task.manifestPath, task.target, task.backend, task.sysrootDir]);
    const group = groups.get(key) ?? [];
    if (group.some((other) => other.package === task.package || other.bin === task.bin)) continue;
    groups.set(key, [...group, task]);
  }
  return [...groups.values()].filter((group): group is [PreparedTask, ...PreparedTask[]] => group.length > 1);
}
