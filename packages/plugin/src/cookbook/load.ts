import { posix } from 'node:path';
import { loadRecipes, nameProjects } from '../load-model';
import type { RecipeModel, SystemModel } from '../model';
import type { NormalizedOptions } from '../options';
import { findSource, noteSharers } from '../sources';
import type { Workspace } from '../workspace';
import { loadConfigs } from './configs';
import { cookbookFiles } from './files';
import { loadMembers } from './members';
import type { CookbookModel } from './model';

/**
 * Reads a checkout of the cookbook: recipes and configs, and of sources that are there the members of their Cargo
 * workspaces. Mistakes in files never throw: they are diagnostics of the recipe or config that has them.
 */
export function loadCookbook(
  files: readonly string[],
  options: NormalizedOptions,
  workspace: Workspace,
): CookbookModel {
  const found = cookbookFiles(files);
  const recipes = loadRecipes(
    { name: 'cookbook', dir: 'recipes', system: undefined, recipes: found.recipes },
    '',
    workspace,
  );
  for (const recipe of recipes.recipes) {
    if (recipe.recipe !== undefined) recipe.source ??= findSource(recipe, recipe.recipe, workspace);
  }
  // The systems here are the configs, which are named below.
  nameProjects([recipes], []);
  noteSharers([recipes]);
  const present = new Set(recipes.recipes.filter((recipe) => isPresent(recipe, workspace)));
  const configs = loadConfigs(found.configs, recipes, options, workspace);
  const taken = nameConfigs(recipes, configs);
  return {
    workspaceRoot: workspace.root,
    recipes,
    present,
    configs,
    members: loadMembers(
      recipes.recipes.filter((recipe) => present.has(recipe)),
      taken,
      workspace,
    ),
    libc: recipes.byName.get(options.libc),
    backend: options.backend,
    fallback: options.fallback,
    inputs: options.inputs,
    env: options.env,
  };
}

/** Whether a recipe's own source lies in the checkout. */
function isPresent({ source, sourceOwner }: RecipeModel, workspace: Workspace): boolean {
  return source !== undefined && sourceOwner === undefined && workspace.exists(source.folder);
}

/** Gives configs names that no recipe has. @returns all names that are taken. */
function nameConfigs(recipes: SystemModel, configs: CookbookModel['configs']): Set<string> {
  const taken = new Set(recipes.recipes.map(({ project }) => project));
  for (const config of configs) {
    const name = taken.has(config.project) ? `${config.name}-system` : config.name;
    config.project = taken.has(name) ? `${config.name}-${posix.basename(config.file, '.toml')}-system` : name;
    taken.add(config.project);
  }
  return taken;
}
