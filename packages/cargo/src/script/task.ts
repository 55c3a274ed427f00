import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { type Arch, ARCHES, type Backend, BACKENDS, fillPath, UserError } from '@nx-redox/kit';
import type { ScriptExecutorSchema } from '../executors/script/schema';

/** One recipe to build by its script: the executor's options with every path absolute. */
export interface ScriptTask {
  project: string;
  /** Of the recipe: the name of its folder. */
  name: string;
  workspaceRoot: string;
  arch: Arch;
  backend: Backend;
  /** recipe.toml. */
  recipeFile: string;
  /** Undefined for a recipe without source. */
  sourceDir?: string;
  /** Undefined if the recipe names no spec: then there is no cargo for the target. */
  rust?: { specName: string; sysrootDir: string; linkerScript?: string; libcDir?: string };
  /** Stages of dependencies. */
  dependencies: readonly string[];
  /** Stages of `host:` dependencies. */
  hostDependencies: readonly string[];
  outputDir: string;
  /** Where the script works; emptied before, gone after a success. */
  workDir: string;
}

/**
 * Makes a task of an executor's options.
 *
 * @throws {UserError} if a value is not one of its kind or a path leaves the workspace.
 */
export function toScriptTask(options: ScriptExecutorSchema, project: string, workspaceRoot: string): ScriptTask {
  const { arch, backend, spec, sysrootPath, linkerScript, libcPath } = options;
  const oneOf = (option: string, value: string, values: readonly string[]): void => {
    if (values.includes(value)) return;
    throw new UserError(`${project}: option ${option} is "${value}"`, { advice: `use one of: ${values.join(', ')}` });
  };
  oneOf('arch', arch, ARCHES);
  oneOf('backend', backend, BACKENDS);
  const inWorkspace = (option: string, path: string): string => {
    const filled = normalize(fillPath(path, { arch, backend }));
    if (isAbsolute(filled) || filled === '..' || filled.startsWith(`..${sep}`) || filled === '.') {
      throw new UserError(`${project}: option ${option} is "${path}", which is not a path inside the workspace`, {
        advice: 'give a relative path without ".."',
      });
    }
    return join(workspaceRoot, filled);
  };
  if ((spec === undefined) !== (sysrootPath === undefined)) {
    throw new UserError(`${project}: options spec and sysrootPath belong together`, {
      advice: 'give both for a recipe that compiles Rust, or none',
    });
  }
  const recipeFile = inWorkspace('recipe', options.recipe);
  return {
    project,
    name: basename(dirname(recipeFile)),
    workspaceRoot,
    arch,
    backend,
    recipeFile,
    sourceDir: options.sourcePath && inWorkspace('sourcePath', options.sourcePath),
    rust:
      spec && sysrootPath
        ? {
            specName: spec.name,
            sysrootDir: inWorkspace('sysrootPath', sysrootPath),
            linkerScript: linkerScript && inWorkspace('linkerScript', linkerScript),
            libcDir: libcPath && inWorkspace('libcPath', libcPath),
          }
        : undefined,
    dependencies: (options.dependencies ?? []).map((path) => inWorkspace('dependencies', path)),
    hostDependencies: (options.hostDependencies ?? []).map((path) => inWorkspace('hostDependencies', path)),
    outputDir: inWorkspace('outputPath', options.outputPath),
    workDir: join(workspaceRoot, 'target/redox/scripts', `${arch}-${backend}`, project.replaceAll(/[^\w.+-]/g, '_')),
  };
}
