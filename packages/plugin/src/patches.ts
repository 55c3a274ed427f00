import { posix } from 'node:path';
import type { CratePatch } from '@nx-redox/recipe/parse';
import { recipeNamed, type RecipeModel, type SystemModel } from './model';

/** A crate of [nx.patch] with the place of the one that replaces it. */
export interface ResolvedPatch {
  /** Where the replaced crate comes from. */
  source: string;
  crate: string;
  /** Folder of the other crate, relative to the workspace root; undefined for a version of crates.io. */
  path?: string;
  version?: string;
  /** The recipe whose source holds the crate; undefined for a crate beside a recipe.toml. */
  recipe?: RecipeModel;
}

/** The recipe whose [nx.patch] counts: of a shared tree that of its owner, unless the recipe has its own. */
function declaring(model: RecipeModel): RecipeModel | undefined {
  return [model, model.sourceOwner].find((recipe) => recipe?.recipe?.nx.patch !== undefined);
}

/** What the recipe's patches lead to; those that lead nowhere are reported where they are written, and left out. */
export function patchesOf(model: RecipeModel, system: SystemModel): ResolvedPatch[] {
  const owner = declaring(model);
  return Object.entries(owner?.recipe?.nx.patch ?? {}).flatMap(([source, crates]) =>
    Object.entries(crates).flatMap(([crate, patch]) => resolve(owner!, system, { source, crate }, patch)),
  );
}

function resolve(
  owner: RecipeModel,
  system: SystemModel,
  place: { source: string; crate: string },
  { recipe: name, path, version }: CratePatch,
): ResolvedPatch[] {
  if (path === undefined) return [{ ...place, version }];
  if (name === undefined) return [{ ...place, path: posix.join(owner.dir, path) }];
  const recipe = recipeNamed(system, name);
  if (recipe?.source === undefined) return [];
  return [{ ...place, path: posix.join(recipe.source.folder, path).replace(/\/$/, ''), recipe }];
}
