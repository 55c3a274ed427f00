import { posix } from 'node:path';
import type { RawProjectGraphDependency } from '@nx/devkit';
import { targetOf, type Node } from './dependencies';
import {
  isBuilt,
  libcOf,
  recipeNamed,
  TOOLCHAIN_PROJECT,
  type Model,
  type RecipeModel,
  type SystemModel,
} from './model';
import { patchesOf } from './patches';
import { bundledRecipes } from './targets/bundle';

/** Makes edges; those that one file of the source project decides name it, so that Nx can show why they are there. */
class Edges {
  readonly list: RawProjectGraphDependency[] = [];

  readonly #added = new Set<string>();

  add(source: string, target: string, sourceFile?: string): void {
    if (source === target) return;
    // One recipe can be in several lists of another.
    const key = `${source} ${target} ${sourceFile}`;
    if (this.#added.has(key)) return;
    this.#added.add(key);
    this.list.push(
      (sourceFile === undefined
        ? { source, target, type: 'implicit' }
        : { source, target, type: 'static', sourceFile }) as RawProjectGraphDependency,
    );
  }
}

/** Those of some edges that have both ends among the nodes that Nx knows. */
export function edgesBetween(
  edges: readonly RawProjectGraphDependency[],
  projects: Readonly<Record<string, unknown>>,
  externalNodes: Readonly<Record<string, unknown>>,
): RawProjectGraphDependency[] {
  const knows = (node: string): boolean => projects[node] !== undefined || externalNodes[node] !== undefined;
  return edges.filter(({ source, target }) => knows(source) && knows(target));
}

/** The edges between the projects and crates of a model. */
export function edgesOf({ systems, crates }: Model): RawProjectGraphDependency[] {
  const edges = new Edges();
  for (const system of systems) {
    const byDir = new Map(system.recipes.map((recipe) => [recipe.dir, recipe]));
    const { kernel, initfs, bootloader, image } = system.system ?? {};
    for (const name of [kernel, initfs, bootloader, ...(image?.files ?? []).map(({ from }) => from.recipe)]) {
      const recipe = name === undefined ? undefined : recipeNamed(system, name);
      if (recipe !== undefined) edges.add(system.name, recipe.project, system.file);
    }
    const hosts = new Map(system.hosts.map(({ recipe, project }) => [recipe, project]));
    for (const recipe of system.recipes) addRecipeEdges(edges, recipe, system, byDir, hosts);
    // recipe.toml is no file of the host's project, so it cannot be named.
    for (const { recipe, project } of system.hosts) addDependencies(edges, { recipe, host: true }, project, hosts);
  }
  for (const [source, target] of crates.edges) {
    edges.list.push({ source, target, type: 'static' } as RawProjectGraphDependency);
  }
  return edges.list;
}

function addRecipeEdges(
  edges: Edges,
  recipe: RecipeModel,
  system: SystemModel,
  byDir: ReadonlyMap<string, RecipeModel>,
  hosts: ReadonlyMap<RecipeModel, string>,
): void {
  for (const { project } of recipe.kind === 'initfs' ? bundledRecipes(recipe, system) : []) {
    edges.add(recipe.project, project, recipe.file);
  }
  addDependencies(edges, { recipe, host: false }, recipe.project, hosts, recipe.file);
  const { component } = recipe;
  if (component === undefined) return;
  const { facts } = component;
  for (const { dir, direct, dependents } of facts?.dependencies ?? []) {
    const target = byDir.get(dir);
    // What is reached only through other projects is their edge.
    if (target === undefined || !dependents.some((other) => !byDir.has(other) || byDir.get(other) === recipe)) continue;
    // An edge that another manifest decides too has no source file: Nx would keep it as long as that file is unchanged.
    const isOwn = direct && posix.dirname(facts!.manifest) === recipe.dir;
    edges.add(recipe.project, target.project, isOwn ? facts!.manifest : undefined);
  }
  // Cargo.lock decides these: an edge with a source file would outlive it.
  for (const crate of component.crates ?? []) edges.add(recipe.project, crate);
  if (system.isCollection) return;
  const patched = patchesOf(recipe, system).map((patch) => patch.recipe);
  // The owner of a shared source or system.toml may decide these.
  for (const other of [...patched, libcOf(system, recipe)]) {
    if (other !== undefined && isBuilt(recipe)) edges.add(recipe.project, other.project);
  }
  if (isBuilt(recipe) && component.spec !== '') edges.add(recipe.project, TOOLCHAIN_PROJECT);
}

/** Edges for the lists of dependencies in recipe.toml, of a recipe or of its build for the host. */
function addDependencies(
  edges: Edges,
  node: Node,
  project: string,
  hosts: ReadonlyMap<RecipeModel, string>,
  sourceFile?: string,
): void {
  for (const dependency of node.recipe.dependencies) {
    const target = targetOf(node, dependency);
    const name = target?.host ? hosts.get(target.recipe) : target?.recipe.project;
    if (name !== undefined) edges.add(project, name, sourceFile);
  }
}
