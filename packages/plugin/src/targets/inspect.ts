import type { System } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { defaultArch, type RecipeModel } from '../model';
import { about } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';

/** `inspect` of the initfs: format, header, parts and files of the image. */
export function inspectTarget(
  recipe: RecipeModel,
  system: System,
  tools: ToolInputs,
): TargetOf<'@nx-redox/initfs:inspect'> {
  const backend = system.backend.default;
  return {
    executor: '@nx-redox/initfs:inspect',
    cache: true,
    dependsOn: [`bundle-${backend}`],
    inputs: [{ dependentTasksOutputFiles: '**/initfs.img' }, ...tools('initfs')],
    options: { arch: defaultArch(system), backend, image: `${distOfEither(recipe.project)}/initfs.img` },
    configurations: architectureConfigurations(system, onlyArch),
    ...about('Shows what is in initfs.img: format, parts, files', 'redox'),
  };
}
