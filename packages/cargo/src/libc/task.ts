import { join } from 'node:path';
import type { z } from '@nx-redox/kit/options';
import type { schema } from '../executors/libc/options';
import { type CompileSettings, compileSettings, filledPath } from '../settings';

/** A C library to build. */
export interface LibcTask extends CompileSettings {
  /** Packages of the same Cargo workspace, one for each start file. */
  startFiles: readonly string[];
  outputDir: string;
}

/**
 * Makes a task of an executor's options.
 *
 * @throws {UserError} if a path leaves the workspace.
 */
export function toLibcTask(options: z.output<typeof schema>, project: string, workspaceRoot: string): LibcTask {
  const settings = compileSettings(options, project, workspaceRoot);
  const outputDir = join(workspaceRoot, filledPath(settings, 'outputPath', options.outputPath));
  return { ...settings, startFiles: options.startFiles, outputDir };
}
