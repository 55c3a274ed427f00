import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { FetchResult } from './fetch';
import { git } from './git';
import { loadRecipe, ownerOf } from './load';
import { pinOf } from './lock/check';
import { readLock } from './lock/lock-file';
import { prepareTree } from './prepare';
import { resolvePin } from './resolve';
import { sourceTask, type SourceTask } from './task';
import { TreePlace } from './tree-place';

/**
 * Makes sure that a recipe of a cookbook has its source, as the cookbook would: one that is there is taken as it is,
 * edits and all; a missing one is fetched, by recipe.lock if there is one, else the newest that recipe.toml allows.
 *
 * @param recipeDir folder of the recipe.toml, relative to `workspaceRoot`.
 * @throws {UserError} if the source cannot be had, or what lies there is a clone that never came to its end.
 */
export async function fetchAsIs(
  workspaceRoot: string,
  recipeDir: string,
  task: SourceTask = sourceTask(),
): Promise<FetchResult> {
  const recipe = await loadRecipe(workspaceRoot, recipeDir);
  const { owner, source } = await ownerOf(workspaceRoot, recipe);
  if (source.kind === 'none') return { done: 'none' };
  if (source.kind === 'path') {
    await assertUsable(task, join(workspaceRoot, source.folder), source.folder, owner.file);
    return { folder: source.folder, done: 'in-place' };
  }
  const { plan } = source;
  const place = new TreePlace(task, owner);
  if (await place.exists()) {
    await assertUsable(task, place.path, place.name, owner.file);
    return { folder: place.name, done: 'in-place' };
  }
  return place.alone(async () => {
    const lock = await readLock(owner);
    const pin = await resolvePin(task, plan, lock && pinOf(lock));
    await place.prepare(
      (dir) => prepareTree(task, plan, pin, dir),
      (_, take) => take(),
    );
    return { folder: place.name, done: 'fetched' };
  });
}

/** @throws {UserError} for an empty folder, or a clone without a commit: git leaves both behind when it is stopped. */
async function assertUsable(task: SourceTask, path: string, name: string, file: string): Promise<void> {
  const entries = await readdir(path).catch(() => undefined);
  if (entries === undefined) {
    throw new UserError(`the source folder ${name} does not exist`, {
      file,
      advice: 'path is relative to the folder of the recipe',
    });
  }
  const again = `remove ${name}, and the next build fetches it again`;
  if (entries.length === 0) throw new UserError(`the source ${name} is empty`, { file, advice: again });
  if (!entries.includes('.git')) return;
  const head = await git(task, ['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: path });
  const isWhole = head.exitCode === 0 && entries.length > 1;
  const lock = await stat(join(path, '.git', 'shallow.lock')).catch(() => undefined);
  if (isWhole && lock === undefined) return;
  throw new UserError(
    `the source ${name} is half cloned: ${head.exitCode === 0 ? 'no file is checked out' : 'git has no commit there'}`,
    {
      file,
      advice: again,
    },
  );
}
