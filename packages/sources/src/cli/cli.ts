import { resolve } from 'node:path';
import type { Output } from '@nx-redox/kit';
import { recipeState, sourceState } from '../source-state';

const USAGE = `redox-source state [FOLDER] --recipe RECIPE
redox-source state FOLDER

Prints a digest of all that a build finds in the source FOLDER, and of links, modes and empty folders in the folder of the
recipe: tasks that build it have it in their hash.
`;

/** The program `redox-source`. @returns its exit code. */
export async function main(args: readonly string[], { out, err }: Output, root = process.cwd()): Promise<number> {
  const [command, ...rest] = args;
  const at = rest.indexOf('--recipe');
  const recipe = at < 0 ? undefined : rest[at + 1];
  const folders = at < 0 ? rest : rest.toSpliced(at, 2);
  const [folder] = folders;
  const isUsable = at < 0 ? folder !== undefined : recipe !== undefined;
  if (command !== 'state' || !isUsable || folders.length > 1) {
    err(USAGE);
    return 2;
  }
  try {
    const [source, own] = await Promise.all([
      folder === undefined ? undefined : sourceState(resolve(root, folder)),
      recipe === undefined ? undefined : recipeState(resolve(root, recipe)),
    ]);
    // A source that is not there may be anything tomorrow: no result must be found under this.
    if (folder !== undefined) out(`${source ?? `missing ${Date.now()}`}\n`);
    if (own !== undefined) out(`${own}\n`);
    return 0;
  } catch (error) {
    err(`${folder ?? recipe}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
