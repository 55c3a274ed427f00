import { UserError } from '@nx-redox/kit';
import { didYouMean } from '@nx-redox/kit/toml';
import type { Tree } from '@nx/devkit';

export const RECIPES = 'recipes';

/** Names of all systems of the workspace, in the graph or not: folders of `recipes/` with a system.toml. Sorted. */
export function allSystems(tree: Tree): string[] {
  return tree
    .children(RECIPES)
    .filter((name) => tree.isFile(`${RECIPES}/${name}/system.toml`))
    .sort();
}

/** Names of all folders that can be in the graph: systems, and collections of recipes without a system.toml. Sorted. */
export function allFolders(tree: Tree): string[] {
  const holdsRecipe = (dir: string): boolean =>
    tree.children(dir).some((name) => {
      const path = `${dir}/${name}`;
      return tree.isFile(path) ? name === 'recipe.toml' : holdsRecipe(path);
    });
  const systems = allSystems(tree);
  return tree
    .children(RECIPES)
    .filter(
      (name) =>
        systems.includes(name) || (tree.children(`${RECIPES}/${name}`).length > 0 && holdsRecipe(`${RECIPES}/${name}`)),
    )
    .sort();
}

/** @throws {UserError} if there is no such system; the advice lists those that are there. */
export function requireSystem(tree: Tree, name: string): void {
  const systems = allSystems(tree);
  if (!systems.includes(name)) throw noSuchSystem(name, `${RECIPES}/${name}/system.toml does not exist`, systems);
}

/** @throws {UserError} if there is neither a system nor a collection of recipes of this name. */
export function requireFolder(tree: Tree, name: string): void {
  const folders = allFolders(tree);
  if (!folders.includes(name))
    throw noSuchSystem(name, `${RECIPES}/${name} has neither a system.toml nor recipes`, folders);
}

function noSuchSystem(name: string, reason: string, systems: readonly string[]): UserError {
  return new UserError(`there is no system "${name}": ${reason}`, {
    advice:
      systems.length === 0
        ? 'this workspace has no systems: folders of recipes/ with a system.toml'
        : [didYouMean(name, systems, 'systems of this workspace'), `systems of this workspace: ${systems.join(', ')}`],
  });
}

/** The text of a file. @throws {UserError} if it is not there. */
export function readText(tree: Tree, file: string): string {
  const text = tree.isFile(file) ? tree.read(file, 'utf8') : null;
  if (text === null) throw new UserError('there is no such file', { file });
  return text;
}
