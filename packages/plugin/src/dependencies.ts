import { didYouMean, type KeyPath, type TomlDocument } from '@nx-redox/kit/toml';
import { parseDependency } from '@nx-redox/recipe/parse';
import {
  recipeNamed,
  type DependencyKind,
  type HostModel,
  type RecipeDependency,
  type RecipeModel,
  type SystemModel,
} from './model';

type Report = TomlDocument['report'];

/** Advice for names that are no recipe, by name: the same one is often missing in many recipes. */
export type Advice = Map<string, string>;

/** Finds the recipes that `model` depends on, and reports names that lead to none. */
export function resolveDependencies(
  model: RecipeModel,
  system: SystemModel,
  advice: Advice,
  report: Report,
): RecipeDependency[] {
  const { recipe } = model;
  if (recipe === undefined) return [];
  const found: RecipeDependency[] = [];
  const resolve = (kind: DependencyKind, texts: readonly string[] | undefined, path: KeyPath): void => {
    texts?.forEach((text, index) => {
      const at = [...path, index];
      const { recipe: name, suffix, machine } = parseDependency(text);
      const target = name === '' ? model : recipeNamed(system, name);
      if (target === undefined) {
        if (!advice.has(name)) advice.set(name, didYouMean(name, [...system.byName.keys()], 'recipes'));
        report({
          path: at,
          message: `there is no recipe "${name}" in ${system.dir}`,
          advice: [advice.get(name)!],
        });
        return;
      }
      const parts = target.recipe?.optionalPackages.map((part) => part.name);
      if (suffix !== undefined && parts !== undefined && !parts.includes(suffix)) {
        report({
          path: at,
          message: `recipe "${target.name}" has no optional package "${suffix}"`,
          advice: [didYouMean(suffix, parts, `optional packages in ${target.file}`)],
        });
      }
      // A part of the recipe itself is no other project.
      if (name !== '') found.push({ kind, text, recipe: target, machine, path: at });
    });
  };
  resolve('build', recipe.build?.dependencies, ['build', 'dependencies']);
  resolve('dev', recipe.build?.['dev-dependencies'], ['build', 'dev-dependencies']);
  resolve('package', recipe.package.dependencies, ['package', 'dependencies']);
  recipe.optionalPackages.forEach(({ dependencies }, index) =>
    resolve('package', dependencies, ['optional-packages', index, 'dependencies']),
  );
  return found;
}

/**
 * Recipes whose files a build of `recipe` finds, those that they need in turn before them: its build and development
 * dependencies, and the build dependencies of these. What is needed on the machine that builds (`host:`) is not among them.
 */
export function buildDependenciesOf(recipe: RecipeModel): RecipeModel[] {
  const found = new Set<RecipeModel>();
  const open = new Set([recipe]);
  const visit = (from: RecipeModel): void => {
    for (const { kind, machine, recipe: next } of from.dependencies) {
      if (machine === 'host' || !(kind === 'build' || (kind === 'dev' && from === recipe))) continue;
      if (open.has(next)) continue;
      open.add(next);
      visit(next);
      found.add(next);
    }
  };
  visit(recipe);
  return [...found];
}

/** A recipe as something that depends and is depended on: built for the system's machine, or for the one that builds. */
export interface Node {
  recipe: RecipeModel;
  host: boolean;
}

/** Where a dependency of a node leads. Undefined: within a build for the host, `target:` and the recipe itself do not count. */
export function targetOf({ recipe, host }: Node, dependency: RecipeDependency): Node | undefined {
  if (!host) return { recipe: dependency.recipe, host: dependency.machine === 'host' };
  if (dependency.machine === 'target' || dependency.recipe === recipe) return undefined;
  return { recipe: dependency.recipe, host: true };
}

/**
 * Recipes that a build of `recipe` for the system uses on the machine that builds (`host:`), those that they need there
 * before them.
 *
 * @param dependencies its {@link buildDependenciesOf}: what they use there is found, too.
 */
export function hostDependenciesOf(recipe: RecipeModel, dependencies: readonly RecipeModel[]): RecipeModel[] {
  const found = new Set<RecipeModel>();
  for (const from of [recipe, ...dependencies]) {
    for (const { kind, machine, recipe: next } of from.dependencies) {
      if (machine === 'host' && (kind === 'build' || (kind === 'dev' && from === recipe))) addHost(next, found);
    }
  }
  return [...found];
}

/** The same for a build of `recipe` for the machine that builds. */
export function dependenciesOnHost(recipe: RecipeModel): RecipeModel[] {
  const found = new Set<RecipeModel>();
  addHost(recipe, found, true);
  found.delete(recipe);
  return [...found];
}

function addHost(recipe: RecipeModel, found: Set<RecipeModel>, withDev = false): void {
  if (found.has(recipe)) return;
  found.add(recipe);
  for (const dependency of recipe.dependencies) {
    if (dependency.kind === 'package' || (dependency.kind === 'dev' && !withDev)) continue;
    const next = targetOf({ recipe, host: true }, dependency);
    if (next !== undefined) addHost(next.recipe, found);
  }
  // Behind what it needs.
  found.delete(recipe);
  found.add(recipe);
}

/**
 * The recipes of a system that something needs for the machine that builds, with everything that they need in turn:
 * all of that is built for the host too.
 */
export function hostRecipes(recipes: readonly RecipeModel[]): RecipeModel[] {
  const found = new Set<RecipeModel>();
  for (const recipe of recipes) {
    for (const { machine, recipe: target } of recipe.dependencies) if (machine === 'host') found.add(target);
  }
  for (const recipe of found) {
    for (const dependency of recipe.dependencies) {
      const target = targetOf({ recipe, host: true }, dependency);
      if (target !== undefined) found.add(target.recipe);
    }
  }
  return [...found].sort((a, b) => (a.dir < b.dir ? -1 : 1));
}

/** A dependency on the way from one node to another, which has the number `to`. */
interface Edge {
  to: number;
  dependency: RecipeDependency;
}

function label({ recipe, host }: Node): string {
  return host ? `host:${recipe.name}` : recipe.name;
}

/**
 * Reports each dependency cycle at every recipe in it, at the entry that leads on. One that only `[package]` closes is
 * a warning: it keeps nothing from being built.
 */
export function reportCycles(
  recipes: readonly RecipeModel[],
  hosts: readonly HostModel[],
  reporterOf: (recipe: RecipeModel) => Report,
): void {
  const nodes: Node[] = [
    ...recipes.map((recipe) => ({ recipe, host: false })),
    ...hosts.map(({ recipe }) => ({ recipe, host: true })),
  ];
  const ids = new Map(recipes.map((recipe, index) => [recipe, index]));
  const hostIds = new Map(hosts.map(({ recipe }, index) => [recipe, recipes.length + index]));
  const all = nodes.map((node) => {
    const list: Edge[] = [];
    for (const dependency of node.recipe.dependencies) {
      const target = targetOf(node, dependency);
      const to = target === undefined ? undefined : (target.host ? hostIds : ids).get(target.recipe);
      if (to !== undefined) list.push({ to, dependency });
    }
    return list;
  });
  const reported = new Set<number>();
  const reportAll = (graph: readonly (readonly Edge[])[], severity: 'error' | 'warning'): void => {
    const componentOf = components(graph.map((list) => list.map(({ to }) => to)));
    graph.forEach((list, start) => {
      if (reported.has(start) || !list.some(({ to }) => componentOf[to] === componentOf[start])) return;
      const cycle = shortestCycle(graph, componentOf, start);
      cycle.forEach((node, index) => {
        if (reported.has(node)) return;
        reported.add(node);
        const way = [...cycle.slice(index), ...cycle.slice(0, index + 1)];
        const { dependency } = graph[node]!.find(({ to }) => to === way[1])!;
        reporterOf(nodes[node]!.recipe)({
          severity,
          path: dependency.path,
          at: 'value',
          message: `${cycle.length === 1 ? 'the recipe depends on itself' : 'the recipes depend on each other'}: ${describeWay(way.map((at) => label(nodes[at]!)))}`,
          advice: [
            severity === 'error'
              ? 'remove one of these dependencies, or build one of the recipes in two steps'
              : 'they can only be installed together',
          ],
        });
      });
    });
  };
  reportAll(
    all.map((list) => list.filter(({ dependency }) => dependency.kind !== 'package')),
    'error',
  );
  reportAll(all, 'warning');
}

/** The names of a cycle; of one that nobody would read to the end, both ends. */
function describeWay(names: readonly string[]): string {
  const shown =
    names.length <= 40 ? names : [...names.slice(0, 30), `… ${names.length - 35} more …`, ...names.slice(-5)];
  return shown.join(' → ');
}

/** A number for each node: nodes that reach each other have the same (Tarjan, without recursion). */
function components(graph: readonly (readonly number[])[]): number[] {
  const order = new Array<number>(graph.length).fill(-1);
  const low = new Array<number>(graph.length).fill(0);
  const component = new Array<number>(graph.length).fill(-1);
  const open: number[] = [];
  let count = 0;
  for (let root = 0; root < graph.length; root++) {
    if (order[root] !== -1) continue;
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const frame = stack.at(-1)!;
      const { node } = frame;
      if (frame.next === 0) {
        order[node] = low[node] = count++;
        open.push(node);
      }
      const to = graph[node]![frame.next++];
      if (to !== undefined) {
        if (order[to] === -1) stack.push({ node: to, next: 0 });
        else if (component[to] === -1) low[node] = Math.min(low[node]!, order[to]!);
        continue;
      }
      stack.pop();
      const parent = stack.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order[node]) continue;
      for (let member = open.pop()!; ; member = open.pop()!) {
        component[member] = node;
        if (member === node) break;
      }
    }
  }
  return component;
}

/** The shortest way from a node of a cycle back to itself, without the second mention of that node. */
function shortestCycle(
  graph: readonly (readonly { to: number }[])[],
  componentOf: readonly number[],
  start: number,
): number[] {
  const from = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (const { to } of graph[node]!) {
      if (to === start) {
        const cycle: number[] = [];
        for (let at = node; at !== start; at = from.get(at)!) cycle.push(at);
        return [start, ...cycle.reverse()];
      }
      if (componentOf[to] !== componentOf[start] || from.has(to)) continue;
      from.set(to, node);
      queue.push(to);
    }
  }
  // The node is in a component with an edge inside it, so there is a way back.
  throw new Error(`node ${start} is in no cycle`);
}
