import { access, readFile } from 'node:fs/promises';
import { join, parse, relative } from 'node:path';
import { blake3Hex, UserError, writeFileWhole } from '@nx-redox/kit';
import type { BuildTask } from './task';

/**
 * Copies the task's linker script to `<dir>/<name>-<hash of its content>.ld` and returns that file. Cargo does not
 * watch linker scripts; a new name makes it link again. A name, found on the search path, also keeps folders out of the bytes.
 *
 * @throws {UserError} if the script cannot be read.
 */
export async function placeLinkerScript(task: BuildTask, dir: string): Promise<string | undefined> {
  if (task.linkerScript === undefined) return undefined;
  const file = relative(task.workspaceRoot, task.linkerScript);
  const content = await readFile(task.linkerScript).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the linker script of ${task.project}: ${error.code ?? error.message}`, {
      file,
      advice: 'correct `linker-script` in the recipe: it is relative to the recipe',
    });
  });
  const name = `${parse(task.linkerScript).name}-${blake3Hex(content).slice(0, 16)}.ld`;
  const path = join(dir, name);
  await access(path).catch(() => writeFileWhole(path, content));
  return path;
}
