import { UserError } from '@nx-redox/kit';
import { loadRecipe, ownerOf } from '../load';
import { treeIdentity } from '../prepare';
import { sourceTask, type SourceTask } from '../task';
import { TreePlace } from '../tree-place';
import { assertLocked, lockOf, requiredLock } from './check';

/**
 * Makes sure that the tree of a recipe is there and is what its recipe.lock names, as far as the recipe uses it.
 * A recipe without source, or with one that is used in place, passes.
 *
 * @param recipeDir folder of the recipe.toml, relative to `workspaceRoot`.
 * @throws {UserError} that names the files that differ, or what is missing.
 */
export async function verifyTree(
  workspaceRoot: string,
  recipeDir: string,
  task: SourceTask = sourceTask(),
): Promise<void> {
  const recipe = await loadRecipe(workspaceRoot, recipeDir);
  const { owner, source } = await ownerOf(workspaceRoot, recipe);
  if (source.kind !== 'fetched') return;
  const ownerLock = await lockOf(source.plan);
  const place = new TreePlace(task, owner);
  const inspection = await place.inspect();
  if (inspection?.state.identity !== treeIdentity(source.plan, ownerLock.pin)) {
    throw new UserError(
      inspection === undefined
        ? `${place.name} is not there, or not fetched to its end`
        : `${place.name} holds another source than recipe.lock names`,
      { file: owner.file, advice: 'run the target fetch of this project' },
    );
  }
  assertLocked(recipe, recipe.path === owner.path ? ownerLock : await requiredLock(recipe), place, inspection);
}
