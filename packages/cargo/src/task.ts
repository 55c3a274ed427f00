import { join, sep } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import type { schema } from './executors/build/options';
import type { BuildKind } from './options';
import { type CompileSettings, compileSettings, filledPath } from './settings';

/** One program to build. */
export interface BuildTask extends CompileSettings {
  bin: string;
  kind: BuildKind;
  linkerScript?: string;
  /** How many bytes the program may have in the stage. */
  budget?: number;
  outputDir: string;
  /** Place of the program in the stage, with `/`. */
  stagePath: string;
}

/**
 * Makes a task of an executor's options.
 *
 * @throws {UserError} if a path leaves the workspace, or the backend cannot make such a program.
 */
export function toTask(options: z.output<typeof schema>, project: string, workspaceRoot: string): BuildTask {
  const { bin, kind, linkerScript, libcPath, budget, outputPath, stagePath } = options;
  if (kind === 'bootloader' && options.backend === 'cranelift') {
    throw new UserError(`${project}: Cranelift cannot make PE/COFF files, and UEFI starts no others`, {
      advice: 'say `use = "llvm"` for it in [backend] of system.toml',
    });
  }
  const settings = compileSettings(options, project, workspaceRoot);
  const inWorkspace = (option: string, path: string) => join(workspaceRoot, filledPath(settings, option, path));
  return {
    ...settings,
    bin,
    kind,
    ...(linkerScript === undefined ? {} : { linkerScript: inWorkspace('linkerScript', linkerScript) }),
    ...(libcPath === undefined ? {} : { libcDir: inWorkspace('libcPath', libcPath) }),
    ...(budget === undefined ? {} : { budget }),
    outputDir: inWorkspace('outputPath', outputPath),
    stagePath: filledPath(settings, 'stagePath', stagePath).split(sep).join('/'),
  };
}
