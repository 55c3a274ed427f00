import type { RecipeModel } from '../model';
import type { Target } from '../nx';
import type { ToolInputs } from '../tool-inputs';

/** `fetch`: the source of a recipe. A path source is used in place, so nothing is written. */
export function fetchTarget(recipe: RecipeModel, source: string | undefined, tools: ToolInputs): Target {
  return {
    executor: '@nx-redox/recipe:fetch',
    cache: true,
    inputs: [
      '{projectRoot}/recipe.toml',
      ...(source === undefined || source === recipe.dir ? [] : [`{workspaceRoot}/${source}/**/*`]),
      ...tools(['common', 'recipe']),
    ],
    outputs: [],
    options: { recipe: recipe.dir },
    metadata: { description: 'Makes sure that the source is there', technologies: ['redox'] },
  };
}
