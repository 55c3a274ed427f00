import { UserError } from '@nx-redox/common';
import { didYouMean } from '@nx-redox/recipe';
import type { Tree } from '@nx/devkit';

export const RECIPES = 'recipes';

/** Names of all systems of the workspace, in the graph or not: folders of `recipes/` with a system.toml. Sorted. */
export function allSystems(tree: Tree): string[] {
  return tree
    .children(RECIPES)
    .filter((name) => tree.isFile(`${RECIPES}/${name}/system.toml`))
    .sort();
}

/** @throws {UserError} if there is no such system; the advice lists those that are there. */
export function requireSystem(tree: Tree, name: string): void {
  const systems = allSystems(tree);
  if (systems.includes(name)) return;
  throw new UserError(`there is no system "${name}": ${RECIPES}/${name}/system.toml does not exist`, {
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
