import type { TargetOf } from '../executor-targets';
import type { ToolInputs } from '../tool-inputs';

/**
 * `lint-recipe`: what is unpinned, unverified or unreadable in one recipe. A recipe with mistakes has it too.
 *
 * @param isOneOfThousands leaves out what only helps people: each value costs time in every graph.
 */
export function lintRecipeTarget(tools: ToolInputs, isOneOfThousands: boolean): TargetOf<'@nx-redox/recipe:lint'> {
  const description = 'Checks that recipe.toml is readable and its source pinned and verified';
  return {
    executor: '@nx-redox/recipe:lint',
    cache: true,
    inputs: ['{projectRoot}/recipe.{toml,lock}', ...tools('recipe')],
    ...(isOneOfThousands ? {} : { metadata: { description } }),
  };
}

/** `lint-recipes`: the same for all recipes of a system, in one report. */
export function lintRecipesTarget(dir: string, tools: ToolInputs): TargetOf<'@nx-redox/recipe:lint'> {
  return {
    executor: '@nx-redox/recipe:lint',
    cache: true,
    // The recipes are projects of their own: `{projectRoot}` would not hold their files.
    inputs: [`{workspaceRoot}/${dir}/**/recipe.toml`, `{workspaceRoot}/${dir}/**/recipe.lock`, ...tools('recipe')],
    metadata: { description: 'Checks all recipes of the system, in one report' },
  };
}
