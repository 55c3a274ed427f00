import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { formatError } from '@nx-redox/kit';
import { findRecipes } from '@nx-redox/recipe/parse';
import { loadRecipe, ownerOf } from '../load';
import type { SourceTask } from '../task';
import { LOCK_NAME } from './lock-file';
import { updateLock, type UpdateOptions, type UpdateResult } from './update';

export interface UpdateAllOptions extends Pick<UpdateOptions, 'keep'> {
  /** Only recipes that have no lock yet. */
  missing?: boolean;
}

/** What became of the lock of one recipe. */
export interface UpdatedRecipe {
  /** Folder of the recipe.toml, relative to the workspace root. */
  recipe: string;
  done: UpdateResult['done'] | 'failed';
  /** Why it failed. */
  error?: unknown;
}

/** Sources that are fetched at once: servers take their time, and machines have several cores. */
const AT_ONCE = 4;

/**
 * Writes the locks of all recipes below a folder, those first whose source others use. A recipe that fails keeps none of
 * the others from being done.
 *
 * @param folder above the recipes, relative to `workspaceRoot`.
 * @param finished told of each recipe when it is done.
 * @returns all that were to be done, in the order of their folders.
 * @throws the reason of the task's signal if that fires.
 */
export async function updateLocks(
  workspaceRoot: string,
  folder: string,
  { missing = false, keep = false }: UpdateAllOptions,
  task: SourceTask,
  finished: (updated: UpdatedRecipe) => void = () => undefined,
): Promise<UpdatedRecipe[]> {
  const recipes = findRecipes(workspaceRoot, folder).map((file) => posix.dirname(file));
  const results: UpdatedRecipe[] = [];
  const finish = (updated: UpdatedRecipe): void => {
    results.push(updated);
    finished(updated);
  };
  // Who has a source of its own, and who uses it besides.
  const sharers = new Map<string, string[]>();
  for (const dir of recipes) {
    try {
      const recipe = await loadRecipe(workspaceRoot, dir);
      const { owner, source } = await ownerOf(workspaceRoot, recipe);
      if (source.kind !== 'fetched') continue;
      const others = sharers.get(owner.dir) ?? [];
      sharers.set(owner.dir, owner.dir === dir ? others : [...others, dir]);
    } catch (error) {
      finish({ recipe: dir, done: 'failed', error });
    }
  }
  const update = async (recipe: string, sharedBy: readonly string[] = []): Promise<void> => {
    if (missing && existsSync(join(workspaceRoot, recipe, LOCK_NAME))) return;
    try {
      const { done } = await updateLock(workspaceRoot, recipe, { keep, sharedBy }, task);
      finish({ recipe, done });
    } catch (error) {
      task.signal?.throwIfAborted();
      finish({ recipe, done: 'failed', error });
    }
  };
  const open = [...sharers];
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [owner, others] = next;
      // The owner may be one of another folder, whose lock is not asked for.
      if (recipes.includes(owner)) await update(owner, others);
      for (const sharer of others) await update(sharer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results.sort((a, b) => (a.recipe < b.recipe ? -1 : 1));
}

/** What became of one lock, for a reader; several lines if it failed. */
export function describeUpdated({ recipe, done, error }: UpdatedRecipe): string {
  if (done === 'failed') return `${recipe}: no lock:\n  ${formatError(error).replaceAll('\n', '\n  ')}`;
  return `${recipe}/${LOCK_NAME}: ${done}`;
}

/** How many locks were written, stayed as they are, and failed. */
export function sumOfUpdated(results: readonly UpdatedRecipe[]): string {
  const count = (wanted: UpdatedRecipe['done']) => results.filter(({ done }) => done === wanted).length;
  const failed = count('failed');
  return `locks written: ${count('written')}, as they were: ${count('unchanged')}${failed > 0 ? `, failed: ${failed}` : ''}`;
}
