import { isAbsolute, join, normalize, sep } from 'node:path';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import type { cargoShape } from './options';

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

/** What cargo compiles, and how: an executor's options with every path absolute. */
export interface CompileSettings {
  project: string;
  workspaceRoot: string;
  arch: Arch;
  backend: Backend;
  /** Cargo.toml of the package or of its Cargo workspace. */
  manifestPath: string;
  package: string;
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
  /** Folder with the C library and its start files that programs are linked with. */
  libcDir?: string;
}

type CargoOptions = z.output<z.ZodObject<typeof cargoShape>>;
type Target = Pick<CompileSettings, 'project' | 'arch' | 'backend'>;

/**
 * Fills architecture and backend in the path of an option.
 *
 * @throws {UserError} if it leaves the workspace.
 */
export function filledPath({ project, ...target }: Target, option: string, path: string): string {
  const filled = normalize(fillPath(path, target));
  if (isAbsolute(filled) || filled === '..' || filled.startsWith(`..${sep}`) || filled === '.') {
    throw new UserError(`${project}: option ${option} is "${path}", which is not a path inside the workspace`, {
      advice: 'give a relative path without ".."',
    });
  }
  return filled;
}

/**
 * Fills paths, of which one may stand for several: `a/{b,c}/d`. A graph of thousands of targets is a tenth smaller so.
 *
 * @throws {UserError} if one leaves the workspace.
 */
export function filledPaths(target: Target, option: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const [before, names, after] = path.split(/\{([^{}]*,[^{}]*)\}/);
    const all = names === undefined ? [path] : names.split(',').map((name) => `${before}${name}${after}`);
    return all.map((one) => filledPath(target, option, one));
  });
}

/**
 * What an executor's options say of the compilation.
 *
 * @throws {UserError} if a path leaves the workspace, or a patch has no one source.
 */
export function compileSettings(options: CargoOptions, project: string, workspaceRoot: string): CompileSettings {
  const { arch, backend, manifestPath, spec, sysrootPath, crateBackends, patches, reads } = options;
  const { package: name, features, defaultFeatures, rustflags, cfgs, env } = options;
  const target = { project, arch, backend };
  const inWorkspace = (option: string, path: string) => join(workspaceRoot, filledPath(target, option, path));
  return {
    ...target,
    workspaceRoot,
    manifestPath: inWorkspace('manifestPath', manifestPath),
    package: name,
    specName: spec.name,
    sysrootDir: inWorkspace('sysrootPath', sysrootPath),
    ...{ features, defaultFeatures, rustflags, cfgs, env },
    // What names the task's own backend says nothing.
    crateBackends: Object.fromEntries(Object.entries(crateBackends).filter(([, chosen]) => chosen !== backend)),
    patches: patches.map(({ source, crate, path, version }) => {
      if ((path === undefined) === (version === undefined)) {
        throw new UserError(`${project}: the patch of crate "${crate}" needs a path or a version, and not both`);
      }
      if (path !== undefined) return { source, crate, path: inWorkspace(`patches.${crate}`, path) };
      if (!/^=?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version!)) {
        throw new UserError(`${project}: the patch of crate "${crate}" names the version "${version}"`, {
          advice: 'name it in full, such as 0.1.14, so that it is the same one tomorrow',
        });
      }
      return { source, crate, version: version!.replace(/^=/, '') };
    }),
    reads: reads.map((path) => filledPath(target, 'reads', path).split(sep).join('/')),
  };
}
