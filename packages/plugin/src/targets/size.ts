import { BACKENDS } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import { backendOf, defaultArch, type RecipeModel } from '../model';
import type { Target } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

const DESCRIPTION = 'Says how large each file is, Cranelift beside LLVM, and what the bytes are for';

/** `size` of a component. One that system.toml binds to a backend is measured alone. */
export function sizeTarget(recipe: RecipeModel, system: System, tools: ToolInputs): Target {
  const backends = [...new Set(BACKENDS.map((backend) => backendOf(system, recipe.name, backend)))];
  return {
    executor: '@nx-redox/cargo:size',
    cache: true,
    dependsOn: backends.map((backend) => `build-${backend}`),
    inputs: [
      { dependentTasksOutputFiles: '**/artifact.json' },
      { dependentTasksOutputFiles: '**/stage/**' },
      ...tools('cargo'),
    ],
    options: { arch: defaultArch(system), backends, outputPath: distOfEither(recipe.project) },
    configurations: architectureConfigurations(system),
    metadata: { description: DESCRIPTION, technologies: ['rust'] },
  };
}

/** `size` of the initfs: the images of both backends. */
export function initfsSizeTarget(recipe: RecipeModel, system: System, tools: ToolInputs): Target {
  return {
    executor: '@nx-redox/initfs:size',
    cache: true,
    dependsOn: BACKENDS.map((backend) => `bundle-${backend}`),
    inputs: [{ dependentTasksOutputFiles: '**/initfs.img' }, ...tools('initfs')],
    options: { arch: defaultArch(system), image: `${distOfEither(recipe.project)}/initfs.img` },
    configurations: architectureConfigurations(system),
    metadata: { description: DESCRIPTION, technologies: ['redox'] },
  };
}
