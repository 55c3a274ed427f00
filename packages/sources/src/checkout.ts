import { join } from 'node:path';
import { requireWholeSource } from '@nx-redox/recipe';
import type { FetchResult } from './fetch';
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
    await requireWholeSource(join(workspaceRoot, source.folder), source.folder, owner.file);
    return { folder: source.folder, done: 'in-place' };
  }
  const { plan } = source;
  const place = new TreePlace(task, owner);
  if (await place.exists()) {
    await requireWholeSource(place.path, place.name, owner.file);
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
