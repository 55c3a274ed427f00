import { isAbsolute, join, normalize, sep } from 'node:path';
import { ARCHES, type Arch, type Backend, BACKENDS, fillPath, UserError } from '@nx-redox/common';
import type { ElfKind } from '@nx-redox/elf';
import type { BuildExecutorSchema } from './executors/build/schema';

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
  kind: ElfKind;
  linkerScript?: string;
  /** Name of the spec that the sysroot is for. */
  specName: string;
  sysrootDir: string;
  features: readonly string[];
  /** Flags for this package's crates only. */
  rustflags: readonly string[];
  outputDir: string;
  /** Place of the program in the stage, with `/`. */
  stagePath: string;
}

const KINDS: readonly ElfKind[] = ['kernel', 'bootstrap', 'program'];

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
  const inside = (option: string, path: string): string => {
    const filled = normalize(fillPath(path, { arch, backend }));
    if (isAbsolute(filled) || filled === '..' || filled.startsWith(`..${sep}`) || filled === '.') {
      throw new UserError(`${project}: option ${option} is "${path}", which is not a path inside its folder`, {
        advice: 'give a relative path without ".."',
      });
    }
    return filled;
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
    rustflags: options.rustflags ?? [],
    outputDir: join(workspaceRoot, inside('outputPath', options.outputPath)),
    stagePath: inside('stagePath', options.stagePath).split(sep).join('/'),
  };
}
