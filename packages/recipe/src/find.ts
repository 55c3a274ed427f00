import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Folders that hold sources and results, not recipes. */
const NOT_RECIPES = new Set(['source', 'target', 'node_modules']);

/** All recipe.toml below a folder (with `/`, relative to the workspace root), sorted. */
export function findRecipes(workspaceRoot: string, folder: string): string[] {
  const found: string[] = [];
  const visit = (dir: string): void => {
    const entries = readdirSync(join(workspaceRoot, dir), { withFileTypes: true });
    const isRecipe = entries.some((entry) => entry.isFile() && entry.name === 'recipe.toml');
    if (isRecipe) found.push(posix.join(dir, 'recipe.toml'));
    for (const entry of entries) {
      if (entry.isDirectory() && isRecipeFolder(entry.name)) visit(posix.join(dir, entry.name));
    }
  };
  visit(folder);
  return found.sort();
}

/** Whether recipes are looked for in a folder of this name. */
export function isRecipeFolder(name: string): boolean {
  return !name.startsWith('.') && !NOT_RECIPES.has(name);
}
