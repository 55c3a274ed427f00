import { posix } from 'node:path';
import type { Recipe } from './recipe';

/** Folder of a fetched tree, in that of its recipe, as in the cookbook. */
export const TREE_NAME = 'source';

/**
 * The folder of a recipe's source, relative to the workspace root. A path source is used in place.
 * Undefined if the recipe has no source, or one that is not a folder of this workspace.
 */
export function sourceFolder(recipe: Pick<Recipe, 'source'>, recipeDir: string): string | undefined {
  if (recipe.source?.kind !== 'path') return undefined;
  const folder = posix.join(recipeDir, recipe.source.path);
  return folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
}
