import { isAbsolute, join, normalize, sep } from 'node:path';
import { type Arch, ARCHES, type Backend, BACKENDS, fillPath, UserError } from '@nx-redox/kit';
import type { BuildExecutorSchema } from './executors/build/schema';

/** What a program is for. */
export type BuildKind = BuildExecutorSchema['kind'];

/** A crate that takes the place of another one; it has a path or a version. */
export interface CratePatch {
  /** `crates-io`, or the URL of a git repository or registry. */
  source: string;
  crate: string;
  /** Absolute path of the folder with its Cargo.toml. */
  path?: string;
  /** Version on crates.io, in full. */
  version?: string;
}

/** One program to build: the executor's options with every path absolute. */
export interface BuildTask {
  project: string;
  workspaceRoot: string;
  arch: Arch;
  backend: Backend;
  /** Cargo.toml of the package or of its Cargo workspace. */
  manifestPath: string;
  package: string;
  bin: string;
  kind: BuildKind;
  linkerScript?: string;
  /** Name of the spec that the sysroot is for. */
  specName: string;
  sysrootDir: string;
  features: readonly string[];
  /** Whether the package's default features are on. */
  defaultFeatures: boolean;
  /** Flags for this package's crates only. */
  rustflags: readonly string[];
  /** Conditions for every crate of the target. */
  cfgs: readonly string[];
  /** Variables of the user that cargo gets besides those that say how to build. */
  env: readonly string[];
  /** Backends of Cargo packages that another one than the task's compiles. */
  crateBackends: Readonly<Record<string, Backend>>;
  patches: readonly CratePatch[];
  /** Files and folders outside its crates that are read, relative to the workspace. */
  reads: readonly string[];
  /** Folder with the C library and its start files. */
  libcDir?: string;
  /** How many bytes the program may have in the stage. */
  budget?: number;
  outputDir: string;
  /** Place of the program in the stage, with `/`. */
  stagePath: string;
}

const KINDS: readonly BuildKind[] = ['kernel', 'bootstrap', 'program', 'bootloader'];

/**
 * Makes a task of an executor's options.
 *
 * @throws {UserError} if a value is not one of its kind or a path leaves the workspace.
 */
export function toTask(options: BuildExecutorSchema, project: string, workspaceRoot: string): BuildTask {
  const { arch, backend, kind } = options;
  const oneOf = <T extends string>(option: string, value: T, values: readonly T[]) => {
    if (!values.includes(value)) {
      throw new UserError(`${project}: option ${option} is "${value}"`, { advice: `use one of: ${values.join(', ')}` });
    }
  };
  oneOf('arch', arch, ARCHES);
  oneOf('backend', backend, BACKENDS);
  oneOf('kind', kind, KINDS);
  for (const [crate, chosen] of Object.entries(options.crateBackends ?? {})) {
    oneOf(`crateBackends.${crate}`, chosen, BACKENDS);
  }
  for (const cfg of options.cfgs ?? []) {
    if (/^[A-Za-z_]\w*(="[^"\\]*")?$/.test(cfg)) continue;
    throw new UserError(`${project}: option cfgs holds ${JSON.stringify(cfg)}, which is no condition`, {
      advice: 'write it as rustc takes it: aes_force_soft, or name="value"',
    });
  }
  if (kind === 'bootloader' && backend === 'cranelift') {
    throw new UserError(`${project}: Cranelift cannot make PE/COFF files, and UEFI starts no others`, {
      advice: 'say `use = "llvm"` for it in [backend] of system.toml',
    });
  }
  const inside = (option: string, path: string): string => {
    const filled = normalize(fillPath(path, { arch, backend }));
    if (isAbsolute(filled) || filled === '..' || filled.startsWith(`..${sep}`) || filled === '.') {
      throw new UserError(`${project}: option ${option} is "${path}", which is not a path inside its folder`, {
        advice: 'give a relative path without ".."',
      });
    }
    return filled;
  };
  const patch = ({ source, crate, path, version }: NonNullable<BuildExecutorSchema['patches']>[number]): CratePatch => {
    if ((path === undefined) === (version === undefined)) {
      throw new UserError(`${project}: the patch of crate "${crate}" needs a path or a version, and not both`);
    }
    if (version !== undefined && !/^=?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version)) {
      throw new UserError(`${project}: the patch of crate "${crate}" names the version "${version}"`, {
        advice: 'name it in full, such as 0.1.14, so that it is the same one tomorrow',
      });
    }
    return {
      source,
      crate,
      ...(path === undefined
        ? { version: version?.replace(/^=/, '') }
        : { path: join(workspaceRoot, inside(`patches.${crate}`, path)) }),
    };
  };
  return {
    project,
    workspaceRoot,
    arch,
    backend,
    manifestPath: join(workspaceRoot, inside('manifestPath', options.manifestPath)),
    package: options.package,
    bin: options.bin,
    kind,
    linkerScript: options.linkerScript && join(workspaceRoot, inside('linkerScript', options.linkerScript)),
    specName: options.spec.name,
    sysrootDir: join(workspaceRoot, inside('sysrootPath', options.sysrootPath)),
    features: options.features ?? [],
    defaultFeatures: options.defaultFeatures ?? true,
    rustflags: options.rustflags ?? [],
    cfgs: options.cfgs ?? [],
    env: options.env ?? [],
    // What names the task's own backend says nothing.
    crateBackends: Object.fromEntries(
      Object.entries(options.crateBackends ?? {}).filter(([, chosen]) => chosen !== backend),
    ),
    patches: (options.patches ?? []).map(patch),
    reads: (options.reads ?? []).map((path) => inside('reads', path).split(sep).join('/')),
    ...(options.libcPath === undefined ? {} : { libcDir: join(workspaceRoot, inside('libcPath', options.libcPath)) }),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
    outputDir: join(workspaceRoot, inside('outputPath', options.outputPath)),
    stagePath: inside('stagePath', options.stagePath).split(sep).join('/'),
  };
}
