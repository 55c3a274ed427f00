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

/** `fetch` of `host:recipe`: the same source. It makes a change of the recipe affect whatever needs it on the host. */
export function hostFetchTarget({ project, file }: RecipeModel): Target {
  return {
    executor: 'nx:noop',
    dependsOn: [{ projects: [project], target: 'fetch' }],
    inputs: [`{workspaceRoot}/${file}`],
    metadata: { description: `Makes sure that the source of ${project} is there` },
  };
}
