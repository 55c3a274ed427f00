import type { TargetOf } from '../executor-targets';
import type { RecipeModel } from '../model';
import { about, type Target, type TargetDependency } from '../nx';
import type { ToolInputs } from '../tool-inputs';

/** The same target of the recipe whose source this one uses: a tree is moved by one of them. */
function ofOwner({ sourceOwner }: RecipeModel, target: string): { dependsOn?: TargetDependency[] } {
  return sourceOwner === undefined
    ? {}
    : { dependsOn: [{ projects: [sourceOwner.project], target, params: 'forward' }] };
}

/** `fetch`: the source of a recipe, made ready and found to be what recipe.lock says. */
export function fetchTarget(recipe: RecipeModel, tools: ToolInputs): TargetOf<'@nx-redox/sources:fetch'> {
  const { source, dir } = recipe;
  if (source?.fetchedBy !== undefined) {
    return {
      executor: '@nx-redox/sources:fetch',
      // It looks at the tree, which may have been changed, each time.
      cache: false,
      ...ofOwner(recipe, 'fetch'),
      options: { recipe: dir },
      ...about('Brings the source that recipe.lock names, patched', 'redox'),
    };
  }
  const folder = source?.folder;
  return {
    executor: '@nx-redox/sources:fetch',
    cache: true,
    inputs: [
      '{projectRoot}/recipe.toml',
      ...(folder === undefined || folder === dir ? [] : [`{workspaceRoot}/${folder}/**/*`]),
      ...tools('sources'),
    ],
    outputs: [],
    options: { recipe: dir },
    ...about('Makes sure that the source is there', 'redox'),
  };
}

/** `update-lock`: the newest source that the recipe allows, written down. Nothing of it can be cached. */
export function updateLockTarget(recipe: RecipeModel): TargetOf<'@nx-redox/sources:update-lock'> {
  const { dir, sharedBy } = recipe;
  return {
    executor: '@nx-redox/sources:update-lock',
    cache: false,
    ...ofOwner(recipe, 'update-lock'),
    options: { recipe: dir, ...(sharedBy.length === 0 ? {} : { sharedBy: sharedBy.map((other) => other.dir) }) },
    ...about('Moves recipe.lock to the newest source that recipe.toml allows', 'redox'),
  };
}

/** `update-locks` of a system: the same for all its recipes, in the right order. */
export function updateLocksTarget(dir: string): TargetOf<'@nx-redox/sources:update-locks'> {
  return {
    executor: '@nx-redox/sources:update-locks',
    cache: false,
    options: { folder: dir },
    metadata: { description: 'Moves the recipe.lock of every recipe to the newest source; --missing: only new ones' },
  };
}

/** `fetch` of `host:recipe`: the same source. It makes a change of the recipe affect whatever needs it on the host. */
export function hostFetchTarget({ project, file }: RecipeModel): Target {
  return {
    executor: 'nx:noop',
    dependsOn: [{ projects: [project], target: 'fetch' }],
    inputs: [`{workspaceRoot}/${file}`],
    metadata: { description: `Makes sure that the source of ${project} is there` },
  };
}
