import type { System } from '@nx-redox/recipe/parse';
import { defaultArch, type RecipeModel } from '../model';
import type { Target } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

/** `inspect` of the initfs: format, header, parts and files of the image. */
export function inspectTarget(recipe: RecipeModel, system: System, tools: ToolInputs): Target {
  const backend = system.backend.default;
  return {
    executor: '@nx-redox/initfs:inspect',
    cache: true,
    dependsOn: [`bundle-${backend}`],
    inputs: [{ dependentTasksOutputFiles: '**/initfs.img' }, ...tools('initfs')],
    options: { arch: defaultArch(system), backend, image: `${distOfEither(recipe.project)}/initfs.img` },
    configurations: architectureConfigurations(system),
    metadata: { description: 'Shows what is in initfs.img: format, parts, files', technologies: ['redox'] },
  };
}
