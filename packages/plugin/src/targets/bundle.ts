import { type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import { redox } from '@nx-redox/redox';
import type { RecipeFacts, System } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { backendOf, defaultArch, recipeNamed, type RecipeModel, type SystemModel } from '../model';
import { about, type TargetDependency } from '../nx';
import { asOutput, BOOT_FILES, distOf, stagedFile } from '../paths';
import { shapeInputs, targetInputs } from '../shape';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';

type Initfs = NonNullable<RecipeFacts['nx']['initfs']>;

/** The image that {@link bundleTarget} writes. */
export function initfsImage(recipe: RecipeModel, backend: Backend): string {
  return `${distOf(recipe.project, backend)}/initfs.img`;
}

/** Recipes that the manifest of an initfs takes files of, in the order of their names. */
export function bundledRecipes({ recipe }: RecipeModel, system: SystemModel): RecipeModel[] {
  const { bootstrap, files = [] } = recipe?.nx.initfs ?? {};
  const names = new Set([bootstrap, ...files.map((file) => file.recipe)]);
  return system.recipes.filter(({ name }) => names.has(name));
}

/** Whether a document of the recipe may be a file of the initfs: one that is named, or one that a pattern may match. */
function holdsDocuments({ files = [] }: Initfs): boolean {
  return files.some(({ recipe, path }) => recipe === undefined && path !== undefined && /\.md$|[*?[{(!+@]/i.test(path));
}

/** `bundle-cranelift` and `bundle-llvm` of the initfs. */
export function bundleTarget(
  model: RecipeModel,
  recipe: RecipeFacts,
  initfs: Initfs,
  systemModel: SystemModel,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/initfs:bundle'> {
  // The checks of recipe.toml have found each of them.
  const staged = (name: string, path: string): string =>
    stagedFile(recipeNamed(systemModel, name)!.project, backendOf(system, name, backend), path);
  const { bootstrap, files = [], format } = initfs;
  const image = initfsImage(model, backend);
  return {
    executor: '@nx-redox/initfs:bundle',
    cache: true,
    dependsOn: buildDependencies(bundledRecipes(model, systemModel), system, backend),
    inputs: [
      // By the workspace's root, since a project has no files of the projects in its folders.
      `{workspaceRoot}/${model.dir}/**/*`,
      ...(holdsDocuments(initfs) ? [] : [`!{workspaceRoot}/${model.dir}/**/*.md`]),
      ...targetInputs(model.shape),
      ...shapeInputs(model.shape),
      { dependentTasksOutputFiles: '**/stage/**' },
      { env: 'SOURCE_DATE_EPOCH' },
      ...tools('initfs'),
    ],
    outputs: [asOutput(distOf(model.project, backend))],
    options: {
      arch: defaultArch(system),
      backend,
      memory: redox.memory,
      bootstrap: staged(bootstrap, BOOT_FILES.bootstrap),
      entries: files.map((file, index) => ({
        ...(file.path === undefined
          ? {}
          : { from: file.recipe === undefined ? `${model.dir}/${file.path}` : staged(file.recipe, file.path) }),
        ...(file.link === undefined ? {} : { link: file.link }),
        to: file.to,
        origin: `${model.file}:${recipe.initfsLines[index]}`,
      })),
      output: image,
      ...(format === undefined ? {} : { format }),
      ...(recipe.nx.budget?.[backend] === undefined ? {} : { sizeBudget: recipe.nx.budget[backend] }),
    },
    configurations: architectureConfigurations(system, onlyArch),
    ...about(`Bundles the programs that ${BACKEND_NAMES[backend]} compiled into initfs.img`, 'redox'),
  };
}

/** One dependency for each backend that some of the components are built with. */
export function buildDependencies(
  components: readonly RecipeModel[],
  system: System,
  wanted: Backend,
): TargetDependency[] {
  const projects = new Map<Backend, string[]>();
  for (const { name, project } of components) {
    const backend = backendOf(system, name, wanted);
    projects.set(backend, [...(projects.get(backend) ?? []), project]);
  }
  return [...projects].map(([backend, names]) => ({ projects: names, target: `build-${backend}` }));
}
