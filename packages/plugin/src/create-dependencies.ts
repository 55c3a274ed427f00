import { posix } from 'node:path';
import type { CreateDependencies, RawProjectGraphDependency } from '@nx/devkit';
import { recipeOfDependency } from './checks';
import { isDisabled, modelOfLastNodes, readModel } from './create-nodes';
import { recipeNamed, TOOLCHAIN_PROJECT, type Model, type RecipeModel, type SystemModel } from './model';
import { normalizeOptions, type PluginOptions } from './options';
import { bundledRecipes } from './targets/bundle';

/** Makes edges; those that one file of the source project decides name it, so that Nx can show why they are there. */
class Edges {
  readonly list: RawProjectGraphDependency[] = [];

  constructor(readonly projects: Readonly<Record<string, unknown>>) {}

  add(source: string, target: string, sourceFile?: string): void {
    if (source === target || this.projects[source] === undefined || this.projects[target] === undefined) return;
    this.list.push(
      (sourceFile === undefined
        ? { source, target, type: 'implicit' }
        : { source, target, type: 'static', sourceFile }) as RawProjectGraphDependency,
    );
  }
}

/** The edges between the projects of a model, as far as both ends are in `projects`. */
export function edgesOf({ systems }: Model, projects: Readonly<Record<string, unknown>>): RawProjectGraphDependency[] {
  const edges = new Edges(projects);
  for (const system of systems) {
    const byDir = new Map(system.recipes.map((recipe) => [recipe.dir, recipe]));
    for (const name of [system.system?.kernel, system.system?.initfs]) {
      const recipe = name === undefined ? undefined : recipeNamed(system, name);
      if (recipe !== undefined) edges.add(system.name, recipe.project, system.file);
    }
    for (const recipe of system.recipes) addRecipeEdges(edges, recipe, system, byDir);
  }
  return edges.list;
}

function addRecipeEdges(
  edges: Edges,
  recipe: RecipeModel,
  system: SystemModel,
  byDir: ReadonlyMap<string, RecipeModel>,
): void {
  for (const { project } of recipe.kind === 'initfs' ? bundledRecipes(recipe, system) : []) {
    edges.add(recipe.project, project, recipe.file);
  }
  const { build } = recipe.recipe ?? {};
  for (const name of [...(build?.dependencies ?? []), ...(build?.['dev-dependencies'] ?? [])]) {
    const target = recipeNamed(system, recipeOfDependency(name));
    if (target !== undefined) edges.add(recipe.project, target.project, recipe.file);
  }
  if (recipe.cargo === undefined) return;
  const { facts } = recipe.cargo;
  for (const { dir, direct, dependents } of facts.dependencies) {
    const target = byDir.get(dir);
    // What is reached only through other projects is their edge.
    if (target === undefined || !dependents.some((other) => !byDir.has(other) || byDir.get(other) === recipe)) continue;
    // An edge that another manifest decides too has no source file: Nx would keep it as long as that file is unchanged.
    const isOwn = direct && posix.dirname(facts.manifest) === recipe.dir;
    edges.add(recipe.project, target.project, isOwn ? facts.manifest : undefined);
  }
  if (recipe.kind !== 'library') edges.add(recipe.project, TOOLCHAIN_PROJECT);
}

export const createDependencies: CreateDependencies<PluginOptions> = (options, context) => {
  if (isDisabled()) return [];
  const model =
    modelOfLastNodes(context.workspaceRoot) ??
    readModel(allFiles(context.fileMap), normalizeOptions(options), context.workspaceRoot);
  return edgesOf(model, context.projects);
};

function allFiles({ projectFileMap, nonProjectFiles }: Parameters<CreateDependencies>[1]['fileMap']): string[] {
  return [...nonProjectFiles, ...Object.values(projectFileMap).flat()].map(({ file }) => file);
}
