import { basename, dirname, join } from 'node:path';
import type { Arch, Backend, Fallback } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import type { Machine, scriptShape } from '../options';
import { filledPath, filledPaths } from '../settings';

/** One recipe to build by its script: the executor's options with every path absolute. */
export interface ScriptTask {
  project: string;
  /** Of the recipe: the name of its folder. */
  name: string;
  workspaceRoot: string;
  arch: Arch;
  backend: Backend;
  /** Built for this machine (`host:recipe`) and not for Redox. */
  isForHost: boolean;
  /** recipe.toml. */
  recipeFile: string;
  /** Undefined for a recipe without source; in a checkout, where the source would be. */
  sourceDir?: string;
  /** When LLVM may compile a crate in a build by Cranelift. */
  fallback: Fallback;
  /** Folder with the C library that programs are linked with, or stage with that folder. */
  libcDir?: string;
  /** Stages of dependencies. */
  dependencies: readonly string[];
  /** Stages of `host:` dependencies. */
  hostDependencies: readonly string[];
  outputDir: string;
  /** Where the script works. */
  workDir: string;
  /** Variables of the user that the script gets, beside those that its recipe names. */
  env: readonly string[];
  /** A recipe of a checkout of the cookbook: its source counts as a whole, asked of git. */
  isCheckout: boolean;
  /** Whether nothing of an earlier run is used. */
  clean: boolean;
}

/** Where scripts of this repository's own systems work, and those of a checkout of the cookbook, relative to the workspace. */
export const WORK_FOLDERS = { system: 'target/redox/scripts', checkout: '.nx-redox/work' } as const;

/**
 * Makes a task of an executor's options.
 *
 * @param workFolder relative to the workspace.
 * @throws {UserError} if a path leaves the workspace.
 */
export function toScriptTask(
  options: z.output<z.ZodObject<typeof scriptShape>> & { machine?: Machine; env?: readonly string[] },
  project: string,
  workspaceRoot: string,
  workFolder: string,
): ScriptTask {
  const { arch, backend, fallback, sourcePath, libcPath, clean } = options;
  const target = { project, arch, backend };
  const inWorkspace = (option: string, path: string): string => join(workspaceRoot, filledPath(target, option, path));
  const stages = (option: 'dependencies' | 'hostDependencies'): string[] =>
    filledPaths(target, option, options[option]).map((path) => join(workspaceRoot, path));
  const isForHost = options.machine === 'host';
  const recipeFile = inWorkspace('recipe', options.recipe);
  return {
    project,
    name: basename(dirname(recipeFile)),
    workspaceRoot,
    arch,
    backend,
    isForHost,
    recipeFile,
    ...(sourcePath === undefined ? {} : { sourceDir: inWorkspace('sourcePath', sourcePath) }),
    fallback,
    ...(libcPath === undefined ? {} : { libcDir: inWorkspace('libcPath', libcPath) }),
    dependencies: stages('dependencies'),
    hostDependencies: stages('hostDependencies'),
    outputDir: inWorkspace('outputPath', options.outputPath),
    workDir: join(
      workspaceRoot,
      workFolder,
      isForHost ? 'host' : `${arch}-${backend}`,
      project.replaceAll(/[^\w.+-]/g, '_'),
    ),
    env: options.env ?? [],
    isCheckout: workFolder === WORK_FOLDERS.checkout,
    clean,
  };
}
