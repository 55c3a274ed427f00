import type { SourceTask } from '../sources/task';
import type { UpdateOptions, UpdateResult } from './update';
import type { UpdateAllOptions, UpdatedRecipe } from './update-all';

/*
 * What it takes to fetch sources is loaded when it is called for: whoever only parses recipes does not wait for it.
 * These are imports of ES modules, whose paths have extensions.
 */

type Told = Partial<Pick<SourceTask, 'signal' | 'log' | 'env'>>;

/**
 * Writes the recipe.lock of a recipe for the newest source that it allows, and brings that source.
 *
 * @param recipeDir folder of the recipe.toml, relative to `workspaceRoot`.
 * @throws {UserError} if the source cannot be had or changes in the tree would be lost; the lock is the old one then.
 */
export async function updateRecipeLock(
  workspaceRoot: string,
  recipeDir: string,
  options: UpdateOptions,
  told: Told,
): Promise<UpdateResult> {
  const [{ updateLock }, { sourceTask }] = await Promise.all([import('./update.js'), import('../sources/task.js')]);
  return updateLock(workspaceRoot, recipeDir, options, sourceTask(told));
}

/**
 * The same for all recipes below a folder; one that fails keeps none of the others from being done.
 *
 * @param finished told of each recipe when it is done.
 * @throws the reason of the signal if that fires.
 */
export async function updateRecipeLocks(
  workspaceRoot: string,
  folder: string,
  options: UpdateAllOptions,
  told: Told,
  finished?: (updated: UpdatedRecipe) => void,
): Promise<UpdatedRecipe[]> {
  const [{ updateLocks }, { sourceTask }] = await Promise.all([
    import('./update-all.js'),
    import('../sources/task.js'),
  ]);
  return updateLocks(workspaceRoot, folder, options, sourceTask(told), finished);
}
