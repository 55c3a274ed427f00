import { type Backend, BACKENDS } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { backendOf, defaultArch, type RecipeModel, type SystemModel } from '../model';
import { about } from '../nx';
import { debugFile, distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';
import { debugNames } from './boot';
import { bundledRecipes } from './bundle';

const DESCRIPTION = 'Says how large each file is, Cranelift beside LLVM, and what the bytes are for';

/** `size` of a component. One that system.toml binds to a backend is measured alone. */
export function sizeTarget(recipe: RecipeModel, system: System, tools: ToolInputs): TargetOf<'@nx-redox/cargo:size'> {
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
    configurations: architectureConfigurations(system, onlyArch),
    ...about(DESCRIPTION, 'rust'),
  };
}

/** `size` of the initfs: the images of both backends, and why their programs are as large as they are. */
export function initfsSizeTarget(
  recipe: RecipeModel,
  model: SystemModel,
  system: System,
  tools: ToolInputs,
): TargetOf<'@nx-redox/initfs:size'> {
  const programs = bundledRecipes(recipe, model).flatMap((bundled) =>
    // Of a recipe with mistakes, which nothing builds, only the name is known.
    (bundled.component === undefined ? [bundled.name] : debugNames(bundled, recipe)).map((name) => {
      const by = (backend: Backend) => debugFile(bundled.project, backendOf(system, bundled.name, backend), name);
      return { name, cranelift: by('cranelift'), llvm: by('llvm') };
    }),
  );
  return {
    executor: '@nx-redox/initfs:size',
    cache: true,
    dependsOn: BACKENDS.map((backend) => `bundle-${backend}`),
    inputs: [
      { dependentTasksOutputFiles: '**/initfs.img' },
      { dependentTasksOutputFiles: '**/debug/**', transitive: true },
      ...tools('initfs'),
    ],
    options: { arch: defaultArch(system), image: `${distOfEither(recipe.project)}/initfs.img`, programs },
    configurations: architectureConfigurations(system, onlyArch),
    ...about(`${DESCRIPTION}; names the largest functions and data, and who refers to them`, 'redox'),
  };
}
