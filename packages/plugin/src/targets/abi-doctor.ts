import type { TargetOf } from '../executor-targets';
import { recipeNamed, type RecipeModel, type SystemModel } from '../model';
import type { Target } from '../nx';

/** Projects of recipes whose source is fetched, each of them once. */
function fetchedProjects(recipes: readonly (RecipeModel | undefined)[]): string[] {
  const fetched = recipes.filter((recipe) => recipe?.source?.fetchedBy !== undefined);
  return [...new Set(fetched.map((recipe) => recipe!.project))];
}

function target(
  recipes: readonly string[],
  fetched: readonly string[],
  description: string,
): TargetOf<'@nx-redox/abi-doctor:doctor'> {
  return {
    executor: '@nx-redox/abi-doctor:doctor',
    // Fetched sources are in no hash, and with --fix it writes into the recipes.
    cache: false,
    ...(fetched.length === 0 ? {} : { dependsOn: [{ projects: [...fetched], target: 'fetch' }] }),
    options: { recipes: [...recipes] },
    metadata: { description, technologies: ['rust', 'redox'] },
  };
}

/** `doctor` of a recipe: versions and calls in its lock file and sources that cannot work with the system's kernel. */
export function recipeDoctorTarget(recipe: RecipeModel, model: SystemModel): Target {
  const { kernel, specs = {} } = model.system ?? {};
  const libcs = Object.values(specs).map(({ libc }) => libc);
  const others = [kernel, ...libcs].flatMap((name) => (name === undefined ? [] : recipeNamed(model, name)));
  return target(
    [recipe.dir],
    fetchedProjects([recipe, ...others]),
    'Finds versions and system calls that cannot work together; --fix mends what a lock file can',
  );
}

/** The same for all recipes of a system, in one report. */
export function systemDoctorTarget(model: SystemModel): Target {
  return target(
    [model.dir],
    fetchedProjects(model.recipes),
    'Finds versions and system calls that cannot work together in all recipes of the system',
  );
}
