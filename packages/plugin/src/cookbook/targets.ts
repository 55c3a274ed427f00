import { type Arch, ARCHES, type Backend } from '@nx-redox/kit';
import { buildDependenciesOf, dependenciesOnHost, hostDependenciesOf } from '../dependencies';
import type { TargetOf } from '../executor-targets';
import { isBuilt, TOOLCHAIN_PROJECT, type RecipeModel } from '../model';
import type { InputDefinition, Target, TargetDependency } from '../nx';
import { asOutput, distOf, hostDistOf, hostStageOf, joined, stageOf } from '../paths';
import { aliasTarget } from '../targets/alias';
import type { ToolInputs } from '../tool-inputs';
import type { CookbookModel } from './model';

export const DEFAULT_ARCH: Arch = 'aarch64';

/** One configuration for each architecture. */
export const ARCHITECTURES = Object.fromEntries(ARCHES.map((arch) => [arch, { arch }]));

/** The same for a target that hands its configuration on. */
export const ARCHITECTURE_NAMES = Object.fromEntries(ARCHES.map((arch) => [arch, {}]));

/** The file that stands in the checkout while a source has edits: git, and so `nx affected`, looks into no ignored folder. */
export function editedFile({ name }: Pick<RecipeModel, 'name'>): string {
  return `.nx-redox/edited/${name}`;
}

/** The recipe that brings a recipe's source: itself, or the one at the end of its `same_as`. */
export function sourceOwner(recipe: RecipeModel): RecipeModel {
  return recipe.sourceOwner ?? recipe;
}

/** `fetch`: a source that is there is taken as it is. */
export function fetchAsIsTarget(recipe: RecipeModel): TargetOf<'@nx-redox/sources:fetch'> {
  return {
    executor: '@nx-redox/sources:fetch',
    // Not cached: it looks at the tree, which may have been changed, each time.
    ...(recipe.sourceOwner === undefined
      ? {}
      : { dependsOn: [{ projects: [recipe.sourceOwner.project], target: 'fetch' }] }),
    options: { asIs: true },
  };
}

/** Everything of a recipe that its build reads, but for what other tasks make. */
function recipeInputs(recipe: RecipeModel, model: CookbookModel, root = '{projectRoot}'): InputDefinition[] {
  const owner = sourceOwner(recipe);
  const { source } = recipe;
  return [
    `${root}/**/*`,
    // What git ignores and what is not the recipe's own counts by its content, asked of git.
    `!${root}/{source,target}/**`,
    ...(owner === recipe ? [] : [`{workspaceRoot}/${owner.file}`]),
    { runtime: stateCommand(recipe.dir, source?.folder) },
    { env: 'BOARD' },
    // A file, or a folder with all that is in it.
    ...ownOf(model.inputs, recipe).flatMap((path) => {
      const place = `{workspaceRoot}/${path.replace(/\/+$/, '')}`;
      return [place, `${place}/**/*`];
    }),
    ...variablesOf(recipe, model).map((env) => ({ env })),
  ];
}

/** The named input of a recipe's project that {@link buildInputs} are: both backends have the same, and there are thousands. */
export const BUILD_INPUTS = 'recipe';

/** What a build of a recipe reads, by either backend. */
export function buildInputs(recipe: RecipeModel, model: CookbookModel, tools: ToolInputs): InputDefinition[] {
  return [
    ...recipeInputs(recipe, model),
    { dependentTasksOutputFiles: '**/stage/**' },
    { dependentTasksOutputFiles: '**/identity.json', transitive: true },
    ...tools('cargo'),
  ];
}

/** What nx.json says for a recipe. */
function ownOf(lists: Readonly<Record<string, readonly string[]>>, { name }: RecipeModel): readonly string[] {
  return Object.hasOwn(lists, name) ? lists[name]! : [];
}

/** Variables of the user that the script of a recipe gets: those that nx.json names, and those of its own `[nx]`. */
function variablesOf(recipe: RecipeModel, { env }: CookbookModel): string[] {
  return [...new Set([...ownOf(env, recipe), ...(recipe.recipe?.nx.env ?? [])])].sort();
}

/** Prints what a source holds, and what of the recipe's folder Nx does not hash; the same for two clones of one commit. */
function stateCommand(recipe: string, folder: string | undefined): string {
  const state = 'sh node_modules/@nx-redox/sources/bin/redox-source.sh state';
  return [state, ...(folder === undefined ? [] : [JSON.stringify(folder)]), '--recipe', JSON.stringify(recipe)].join(
    ' ',
  );
}

/** Whether programs of a recipe are linked with the C library: all but it, and what it is built with. */
function needsLibc(recipe: RecipeModel, { libc }: CookbookModel): boolean {
  if (libc === undefined || recipe === libc || buildDependenciesOf(libc).includes(recipe)) return false;
  return recipe.recipe?.build?.bare !== true;
}

const names = (recipes: readonly RecipeModel[]): string[] => recipes.map(({ project }) => project);

/** `build-cranelift` and `build-llvm` of a recipe: its own script, with our programs before the compiler. */
export function buildTarget(
  recipe: RecipeModel,
  model: CookbookModel,
  backend: Backend,
): TargetOf<'@nx-redox/cargo:recipe'> {
  const { project, source } = recipe;
  const libc = needsLibc(recipe, model) ? model.libc : undefined;
  const all = buildDependenciesOf(recipe);
  const dependencies = all.filter(isBuilt);
  const built = [...new Set([...dependencies, ...(libc === undefined ? [] : [libc])])];
  const owner = sourceOwner(recipe);
  const hosts = hostDependenciesOf(recipe, all).filter(isBuilt);
  const env = ownOf(model.env, recipe);
  const dependsOn: TargetDependency[] = [
    // What it depends on does, too.
    ...(built.length > 0 ? [] : [{ projects: [TOOLCHAIN_PROJECT], target: 'install' }]),
    ...(source === undefined || model.present.has(owner) ? [] : [fetchOf(owner, recipe)]),
    ...hostBuilds(hosts, model),
    ...(built.length === 0 ? [] : [{ projects: names(built), target: `build-${backend}` }]),
  ];
  return {
    executor: '@nx-redox/cargo:recipe',
    cache: true,
    dependsOn,
    inputs: [BUILD_INPUTS],
    // Where the executor puts it, unless an option says another place.
    outputs: [asOutput(distOf(project, backend))],
    options: {
      arch: DEFAULT_ARCH,
      backend,
      ...(source === undefined || source.folder === `${recipe.dir}/source` ? {} : { sourcePath: source.folder }),
      ...(dependencies.length === 0
        ? {}
        : { dependencies: joined(names(dependencies), (name) => stageOf(name, backend)) }),
      ...(hosts.length === 0 ? {} : { hostDependencies: joined(names(hosts), hostStageOf) }),
      ...(libc === undefined ? {} : { libcPath: stageOf(libc.project, backend) }),
      // The executor's default; each value of thousands of targets costs Nx time.
      ...(model.fallback === 'known' ? {} : { fallback: model.fallback }),
      ...(env.length === 0 ? {} : { env: [...env] }),
    },
    configurations: ARCHITECTURES,
  };
}

/** The task that brings the source of a recipe. */
const fetchOf = (owner: RecipeModel, recipe: RecipeModel): TargetDependency =>
  owner === recipe ? 'fetch' : { projects: [owner.project], target: 'fetch' };

function hostBuilds(recipes: readonly RecipeModel[], { recipes: { hosts } }: CookbookModel): TargetDependency[] {
  if (recipes.length === 0) return [];
  const projects = recipes.map((recipe) => hosts.find((host) => host.recipe === recipe)!.project);
  return [{ projects, target: 'build' }];
}

/** `build` of a recipe for this machine: its own script, with the compilers of this machine. */
export function hostBuildTarget(
  recipe: RecipeModel,
  model: CookbookModel,
  tools: ToolInputs,
): TargetOf<'@nx-redox/cargo:recipe'> {
  const { source } = recipe;
  const outputPath = hostDistOf(recipe.project);
  const dependencies = dependenciesOnHost(recipe).filter(isBuilt);
  const stages = joined(names(dependencies), hostStageOf);
  const owner = sourceOwner(recipe);
  const env = ownOf(model.env, recipe);
  return {
    executor: '@nx-redox/cargo:recipe',
    cache: true,
    dependsOn: [
      { projects: [TOOLCHAIN_PROJECT], target: 'install' },
      ...(source === undefined || model.present.has(owner) ? [] : [{ projects: [owner.project], target: 'fetch' }]),
      ...hostBuilds(dependencies, model),
    ],
    inputs: [
      ...recipeInputs(recipe, model, `{workspaceRoot}/${recipe.dir}`),
      { dependentTasksOutputFiles: '**/stage/**' },
      // It names this machine, too.
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      { runtime: 'cc --version 2>&1 || true' },
      ...tools('cargo'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      machine: 'host',
      recipe: recipe.file,
      ...(source === undefined ? {} : { sourcePath: source.folder }),
      // What it is linked with, and what it runs.
      ...(stages.length === 0 ? {} : { dependencies: stages, hostDependencies: stages }),
      ...(env.length === 0 ? {} : { env: [...env] }),
      outputPath,
    },
    metadata: { description: `Builds recipe ${recipe.name} for this machine` },
  };
}

/**
 * `build` of a recipe, by the default backend. A changed source is seen by `nx affected` here: the builds hash what the
 * source holds, not that it was edited.
 */
export function defaultBuildTarget(recipe: RecipeModel, { backend }: CookbookModel): Target {
  const seen = recipe.source === undefined ? [] : [editedFile(sourceOwner(recipe))];
  return aliasTarget('build', backend, seen, ARCHITECTURE_NAMES);
}
