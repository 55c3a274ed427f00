import { UserError } from '@nx-redox/kit';
import type { LibcExecutorSchema } from '../executors/libc/schema';
import { type BuildTask, toTask } from '../task';

/** Packages whose code a program begins and ends with, as relibc calls them. */
const START_FILES = ['crt0', 'crti', 'crtn'];

/** A C library to build. */
export interface LibcTask extends BuildTask {
  /** Packages of the same Cargo workspace, one for each start file. */
  startFiles: readonly string[];
}

/**
 * Makes a task of an executor's options.
 *
 * @throws {UserError} if a value is not one of its kind or a path leaves the workspace.
 */
export function toLibcTask(options: LibcExecutorSchema, project: string, workspaceRoot: string): LibcTask {
  const { startFiles = START_FILES, ...common } = options;
  for (const name of startFiles) {
    if (/^[\w-]+$/.test(name)) continue;
    throw new UserError(`${project}: option startFiles holds ${JSON.stringify(name)}, which is no package`, {
      advice: 'name the packages of the start files, such as crt0',
    });
  }
  const task = toTask(
    { ...common, bin: options.package, kind: 'program', stagePath: 'usr/lib/libc.a' },
    project,
    workspaceRoot,
  );
  return { ...task, startFiles };
}
