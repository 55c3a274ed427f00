import { posix } from 'node:path';
import type { CreateNodesResultArray, ProjectConfiguration, RawProjectGraphDependency } from '@nx/devkit';
import { edgesOf } from '../edges';
import type { Graph } from '../inferred-graph';
import type { Checked, RecipeModel } from '../model';
import { describeCheckout } from '../warnings';
import type { ToolInputs } from '../tool-inputs';
import type { CookbookModel } from './model';
import { configProject, hostRecipeProject, memberProject, recipeProject, toolchainProject } from './projects';

/** The graph of a checkout of the cookbook. */
export function cookbookGraph(model: CookbookModel, tools: ToolInputs): Graph {
  const { recipes, members, configs, workspaceRoot } = model;
  const nodes: CreateNodesResultArray = [];
  const add = (file: string, project: ProjectConfiguration): void =>
    void nodes.push([file, { projects: { [project.root]: project } }]);
  for (const recipe of recipes.recipes) add(recipe.file, recipeProject(recipe, model, tools));
  for (const host of recipes.hosts) add(host.recipe.file, hostRecipeProject(host, model, tools));
  for (const member of members) add(member.owner.file, memberProject(member, model, tools));
  for (const config of configs) add(config.file, configProject(config, model, tools));
  add(configs[0]?.file ?? recipes.file, toolchainProject(tools));

  const ours = { workspaceRoot, systems: [recipes], toolchain: undefined, crates: { crates: [], edges: [] } };
  const edges = edgesOf(ours);
  const implicit = (source: string, target: string): void =>
    void edges.push({ source, target, type: 'implicit' } as RawProjectGraphDependency);
  for (const { project, variants } of configs) {
    const installed = new Set(variants.flatMap(({ packages, bootloader }) => [...packages, bootloader ?? []].flat()));
    for (const recipe of installed) implicit(project, recipe.project);
  }
  for (const { project, owner } of members) implicit(project, owner.project);
  const sources = [...model.present].map(({ name, dir, source }) => ({
    name,
    folder: source!.folder,
    patches: source!.fetchedBy?.patches.map((patch) => posix.join(dir, patch)) ?? [],
  }));
  return { nodes, edges, sources, warning: describeCheckout(neededBy(model), recipes.recipes) };
}

/** The configs of the graph, and all recipes that they need for whatever reason. */
function neededBy({ configs, libc }: CookbookModel): Set<Checked> {
  const needed = new Set<RecipeModel>(libc === undefined ? [] : [libc]);
  for (const { packages, libraries, bootloader } of configs.flatMap(({ variants }) => variants)) {
    for (const recipe of [...packages, ...libraries, bootloader ?? []].flat()) needed.add(recipe);
  }
  for (const { dependencies, sourceOwner } of needed) {
    for (const { recipe } of dependencies) needed.add(recipe);
    if (sourceOwner !== undefined) needed.add(sourceOwner);
  }
  return new Set([...configs, ...needed]);
}
