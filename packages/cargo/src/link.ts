import { basename, dirname, join, relative } from 'node:path';
import { run, UserError } from '@nx-redox/kit';
import type { PreparedTask } from './command';

/**
 * Links a static library to a program, as Redox does it for its bootstrap: rustc would add arguments of its own.
 *
 * @param linker path of rust-lld.
 * @returns the program, beside the library.
 * @throws {UserError} with the linker's messages.
 */
export async function linkLibrary(
  task: PreparedTask,
  linker: string,
  library: string,
  signal?: AbortSignal,
): Promise<string> {
  const { placedScript, linkerScript, workspaceRoot } = task;
  if (placedScript === undefined || linkerScript === undefined) {
    throw new UserError(
      `${task.project}: package "${task.package}" is a static library, and nothing says how to link it`,
      {
        file: relative(workspaceRoot, task.manifestPath),
        advice: 'name its linker script with `linker-script` in [nx] of the recipe',
      },
    );
  }
  const folder = dirname(library);
  const args = [
    '-flavor',
    'gnu',
    '--gc-sections',
    `-T${placedScript}`,
    `-L${dirname(placedScript)}`,
    '-z',
    'max-page-size=4096',
  ];
  const result = await run(linker, [...args, basename(library), '-o', task.bin], { cwd: folder, signal });
  if (result.exitCode !== 0) {
    const script = relative(workspaceRoot, linkerScript);
    const said = result.stderr.trim().replaceAll(placedScript, script);
    throw new UserError(`cannot link ${task.project}:\n${said}`, { file: script });
  }
  return join(folder, task.bin);
}
