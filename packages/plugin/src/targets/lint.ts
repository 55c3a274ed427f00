import type { Target } from '../nx';
import type { ToolInputs } from '../tool-inputs';

/** `lint-recipe`: what is unpinned, unverified or unreadable in one recipe. A recipe with mistakes has it too. */
export function lintRecipeTarget(tools: ToolInputs): Target {
  return {
    executor: '@nx-redox/recipe:lint',
    cache: true,
    inputs: ['{projectRoot}/recipe.toml', '{projectRoot}/recipe.lock', ...tools(['common', 'recipe'])],
    metadata: { description: 'Checks that recipe.toml is readable and its source pinned and verified' },
  };
}

/** `lint-recipes`: the same for all recipes of a system, in one report. */
export function lintRecipesTarget(dir: string, tools: ToolInputs): Target {
  return {
    executor: '@nx-redox/recipe:lint',
    cache: true,
    // The recipes are projects of their own: `{projectRoot}` would not hold their files.
    inputs: [
      `{workspaceRoot}/${dir}/**/recipe.toml`,
      `{workspaceRoot}/${dir}/**/recipe.lock`,
      ...tools(['common', 'recipe']),
    ],
    metadata: { description: 'Checks all recipes of the system, in one report' },
  };
}
