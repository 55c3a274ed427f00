import { type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { System, SystemImage } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { backendOf, defaultArch, recipeNamed, type RecipeModel, type SystemModel } from '../model';
import { about } from '../nx';
import { asOutput, BOOT_FILES, distOf, stagedFile } from '../paths';
import { shapeInputs, targetInputs } from '../shape';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';
import type { BootRecipes } from './boot-recipes';
import { buildDependencies, initfsImage } from './bundle';

/** Where the boot loader looks since March 2026; before that it was `boot`. */
const BOOT_FOLDER = 'usr/lib/boot';

/** The disk that {@link imageTarget} writes. */
export function diskImage(model: SystemModel, backend: Backend): string {
  return `${distOf(model.name, backend)}/image/disk.img`;
}

/** Recipes whose stages the image takes files of, besides kernel, initfs and boot loader. */
function imageRecipes(model: SystemModel, { files = [] }: SystemImage): RecipeModel[] {
  const names = new Set(files.flatMap(({ from }) => from.recipe ?? []));
  return model.recipes.filter(({ name }) => names.has(name));
}

/** `image-cranelift` and `image-llvm` of a system that boots from a disk. */
export function imageTarget(
  model: SystemModel,
  system: System,
  image: SystemImage,
  recipes: BootRecipes & { bootloader: RecipeModel },
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/image:disk'> {
  const { kernel, initfs, bootloader } = recipes;
  const outputPath = `${distOf(model.name, backend)}/image`;
  const boot = image.boot ?? BOOT_FOLDER;
  const staged = (recipe: RecipeModel, path: string) =>
    stagedFile(recipe.project, backendOf(system, recipe.name, backend), path);
  const files = [
    { from: staged(kernel, BOOT_FILES.kernel), to: `${boot}/kernel` },
    { from: initfsImage(initfs, backend), to: `${boot}/initfs` },
    ...(image.files ?? []).map(({ from, to }) => {
      const recipe = from.recipe === undefined ? undefined : recipeNamed(model, from.recipe);
      return { from: recipe === undefined ? `${model.dir}/${from.path}` : staged(recipe, from.path), to };
    }),
  ];
  const components = [...new Set([kernel, bootloader, ...imageRecipes(model, image)])];
  return {
    executor: '@nx-redox/image:disk',
    cache: true,
    dependsOn: [
      ...buildDependencies(components, system, backend),
      { projects: [initfs.project], target: `bundle-${backend}` },
    ],
    inputs: [
      ...(image.files ?? []).flatMap(({ from }) =>
        from.recipe === undefined
          ? [`{workspaceRoot}/${model.dir}/${from.path}`, `{workspaceRoot}/${model.dir}/${from.path}/**/*`]
          : [],
      ),
      ...targetInputs(model.shape),
      ...shapeInputs(model.shape),
      { dependentTasksOutputFiles: '**/stage/**' },
      { dependentTasksOutputFiles: '**/initfs.img' },
      { env: 'SOURCE_DATE_EPOCH' },
      ...tools('image'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch: defaultArch(system),
      backend,
      bootloader: staged(bootloader, BOOT_FILES.bootloader),
      files,
      sizeMiB: image.size,
      ...(image.budget === undefined ? {} : { budgetMiB: image.budget }),
      outputPath,
    },
    configurations: architectureConfigurations(system, onlyArch),
    ...about(`Makes a disk of what ${BACKEND_NAMES[backend]} compiled, and verifies it`, 'redox'),
  };
}
