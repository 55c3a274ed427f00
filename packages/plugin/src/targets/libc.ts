import type { Backend } from '@nx-redox/kit';
import type { System } from '@nx-redox/recipe/parse';
import { backendOf, libcOf, type RecipeModel, type SystemModel } from '../model';
import type { Target } from '../nx';
import { stageOf } from '../paths';

/** Where a C library is in the stage of its recipe. */
const LIBC_FOLDER = 'usr/lib';

/** What a target that links a recipe's programs needs of the C library of their spec; nothing if that has none. */
export function libcBuild(
  recipe: RecipeModel,
  model: SystemModel,
  system: System,
  backend: Backend,
): { dependsOn: NonNullable<Target['dependsOn']>; inputs: NonNullable<Target['inputs']>; options: object } {
  const libc = libcOf(model, recipe);
  if (libc === undefined) return { dependsOn: [], inputs: [], options: {} };
  const by = backendOf(system, libc.name, backend);
  return {
    dependsOn: [{ projects: [libc.project], target: `build-${by}` }],
    inputs: [{ dependentTasksOutputFiles: `**/stage/${LIBC_FOLDER}/*` }],
    options: { libcPath: `${stageOf(libc.project, by)}/${LIBC_FOLDER}` },
  };
}
