import { type Diagnostic, didYouMean } from '@nx-redox/kit/toml';
import { parseDependency, type RecipeFacts } from '@nx-redox/recipe/parse';
import type { Origin, PackageRule } from './config';
import { compareNames, type MergedConfig } from './merge';

/** What of a recipe decides on packages. */
export type RecipeNeeds = Pick<RecipeFacts, 'build' | 'package' | 'optionalPackages'>;

/** The recipes of a checkout. */
export interface RecipeLookup {
  /** `unreadable`: there is one, but its recipe.toml cannot be used. Undefined: there is none. */
  get(name: string): RecipeNeeds | 'unreadable' | undefined;
  /** All names, for suggestions. */
  names(): Iterable<string>;
  /** The recipe's file, for messages. */
  file(name: string): string;
}

/** A package that the image holds. */
export interface InstalledPackage {
  /** `recipe`, or `recipe.part` for an optional package of it. */
  name: string;
  recipe: string;
  part?: string;
  /** Where the config names it, or names the first package on the way to it. */
  origin: Origin;
  /** Packages on the way from the config to it, the config's own first; empty if the config names it. */
  via: readonly string[];
}

/** A recipe that has to be built for the image. */
export interface RecipeBuild {
  recipe: string;
  /** What it is built for: the system, or the machine that builds. */
  machine: 'target' | 'host';
  /** `binary`: a package of `repo/` is taken instead. */
  rule: Exclude<PackageRule, 'ignore'>;
}

/** What a config installs and what has to be built for it. */
export interface PackageSet {
  /** Sorted by name, as the installer installs them. Shared libraries that programs turn out to need are added when they are built. */
  installed: InstalledPackage[];
  /** Each recipe behind what it needs. */
  builds: RecipeBuild[];
  diagnostics: Diagnostic[];
}

export interface PackageSetOptions {
  /** Whether `repo/` holds a package already built. */
  hasBinary?: (name: string) => boolean;
}

/** The recipe whose stage holds the boot loaders; the installer takes it whether the config names it or not. */
export const BOOTLOADER = 'bootloader';

/**
 * The packages of a config, with all that they depend on: `[package] dependencies` are installed, `[build] dependencies`
 * are built, and what these need to run is installed, since they are linked in. It does not throw: what is missing or goes in circles is a diagnostic that names the config's line.
 */
export function packageSet(config: MergedConfig, recipes: RecipeLookup, options: PackageSetOptions = {}): PackageSet {
  const walk = new Walk(config, recipes);
  for (const [name, { rule, origin }] of config.packages) {
    if (rule !== 'ignore') walk.install(name, { origin, via: [] });
  }
  const installed = [...walk.installed.values()].sort((a, b) => compareNames(a.name, b.name));
  for (const { recipe, origin, via, name } of installed) walk.build(recipe, 'target', { origin, via: [...via, name] });
  if (config.general.skip_partitions?.value !== true) {
    const origin = config.packages.get(BOOTLOADER)?.origin ?? { file: config.file, line: 1 };
    walk.build(BOOTLOADER, 'target', { origin, via: [] });
  }
  const ruleOf = rulesOf(config, recipes);
  const builds = walk.builds.map((node): RecipeBuild => ({ ...node, rule: ruleOf(node.recipe, node.machine) }));
  for (const { recipe, machine, rule } of builds) {
    if (rule === 'binary' && options.hasBinary?.(recipe) !== true) walk.refuseBinary(recipe, machine);
  }
  return { installed, builds, diagnostics: walk.diagnostics };
}

interface Way {
  origin: Origin;
  /** Packages on the way, the config's own first. */
  via: readonly string[];
}

class Walk {
  readonly installed = new Map<string, InstalledPackage>();
  readonly builds: { recipe: string; machine: 'target' | 'host' }[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #config: MergedConfig;
  readonly #recipes: RecipeLookup;
  readonly #built = new Set<string>();
  readonly #ignored = new Set<string>();
  readonly #reported = new Set<string>();
  /** Recipes whose needs at run time have been seen to. */
  readonly #linked = new Set<string>();

  constructor(config: MergedConfig, recipes: RecipeLookup) {
    this.#config = config;
    this.#recipes = recipes;
  }

  /** Adds a package and those that it needs to run. */
  install(name: string, way: Way): void {
    const circle = way.via.indexOf(name);
    if (circle >= 0) {
      // Nothing is wrong with installing them, but the cookbook gives up on such recipes.
      const members = way.via.slice(circle);
      this.#reportOnce(`runtime ${[...members].sort().join(' ')}`, {
        severity: 'warning',
        ...way.origin,
        message: `packages need each other to run: ${[...members, name].join(' → ')}`,
        advice: ['the cookbook refuses circles of [package] dependencies: take one out'],
      });
      return;
    }
    if (this.installed.has(name) || this.#ignored.has(name)) return;
    const { recipe, suffix: part } = parseDependency(name);
    const needs = this.#needsOf(recipe, name, way);
    if (needs === undefined) return;
    const optional = part === undefined ? undefined : needs.optionalPackages.find((other) => other.name === part);
    if (part !== undefined && optional === undefined) {
      this.#add(way, `recipe "${recipe}" has no optional package "${part}"`, [
        didYouMean(
          part,
          needs.optionalPackages.map((other) => other.name),
          `optional packages of ${recipe}`,
        ),
      ]);
      return;
    }
    if (this.#isIgnored(name)) this.#ignored.add(name);
    else this.installed.set(name, { name, recipe, ...(part === undefined ? {} : { part }), ...way });
    const dependencies =
      optional === undefined
        ? (needs.package.dependencies ?? [])
        : [recipe, ...(optional.dependencies ?? []).map((other) => (other.startsWith('.') ? recipe + other : other))];
    // A package runs on the system, so nothing of the building machine can be one.
    for (const other of dependencies) {
      const { machine } = parseDependency(other);
      if (machine !== 'host') this.install(other.replace(/^target:/, ''), { ...way, via: [...way.via, name] });
    }
    if (part === undefined) this.#installForLibraries(needs, { ...way, via: [...way.via, name] });
  }

  /** Adds what the libraries of a package need to run: certificates, for one that speaks TLS. */
  #installForLibraries({ build }: RecipeNeeds, way: Way): void {
    for (const text of build?.dependencies ?? []) {
      const { recipe, machine } = parseDependency(text);
      if (machine === 'host' || this.#linked.has(recipe)) continue;
      this.#linked.add(recipe);
      // One that is missing is reported when it is to be built.
      const needs = this.#recipes.get(recipe);
      if (needs === undefined || needs === 'unreadable') continue;
      const inner = { ...way, via: [...way.via, recipe] };
      for (const other of needs.package.dependencies ?? []) {
        const name = other.replace(/^target:/, '');
        if (parseDependency(other).machine !== 'host' && !way.via.includes(name)) this.install(name, inner);
      }
      this.#installForLibraries(needs, inner);
    }
  }

  /** Adds a recipe behind those that it needs to be built. `stack`: those on the way, for circles. */
  build(recipe: string, machine: 'target' | 'host', way: Way, stack: readonly string[] = []): void {
    const key = machine === 'host' ? `host:${recipe}` : recipe;
    const circle = stack.indexOf(key);
    if (circle >= 0) {
      const members = stack.slice(circle);
      this.#reportOnce(`build ${[...members].sort().join(' ')}`, {
        severity: 'error',
        ...way.origin,
        message: `recipes need each other to be built: ${[...members, key].join(' → ')}`,
        advice: [`take a dependency out of one of ${members.map((name) => this.#fileOf(name)).join(', ')}`],
      });
      return;
    }
    if (this.#built.has(key)) return;
    if (this.#isIgnored(recipe)) {
      if (stack.length > 0) {
        this.#reportOnce(`ignored ${key}`, {
          severity: 'error',
          ...this.#config.packages.get(recipe)!.origin,
          message: `${stack.at(-1)} needs ${key} to be built, which the config leaves out`,
          advice: [`remove the rule "ignore" of ${recipe}, or leave out ${stack[0]}, too`],
        });
      }
      return;
    }
    const needs = this.#needsOf(recipe, key, { ...way, via: stack.length > 0 ? stack : way.via.slice(0, -1) });
    if (needs === undefined) return;
    const { dependencies = [], 'dev-dependencies': dev = [] } = needs.build ?? {};
    for (const other of [...dependencies, ...dev]) {
      const dependency = parseDependency(other);
      const on = dependency.machine ?? machine;
      // While something is built for the host, what it needs of the system, or of itself, is left out.
      if (machine === 'host' && (dependency.machine === 'target' || dependency.recipe === recipe)) continue;
      this.build(dependency.recipe, on, way, [...stack, key]);
    }
    this.#built.add(key);
    this.builds.push({ recipe, machine });
  }

  refuseBinary(recipe: string, machine: 'target' | 'host'): void {
    const own = this.#config.packages.get(recipe);
    const said =
      own?.rule === 'binary' ? own : [...this.#config.packages.values()].find(({ rule }) => rule === 'binary')!;
    this.diagnostics.push({
      severity: 'error',
      ...said.origin,
      message: `${machine === 'host' ? 'host:' : ''}${recipe} shall be taken as a binary package, and repo/ has none`,
      advice: [
        'nothing is downloaded here: build the package with the cookbook first, so that it is in repo/',
        'or let it be built: rule "source", or {}',
      ],
    });
  }

  #isIgnored(name: string): boolean {
    return this.#config.packages.get(name)?.rule === 'ignore';
  }

  #needsOf(recipe: string, wanted: string, way: Way): RecipeNeeds | undefined {
    const needs = this.#recipes.get(recipe);
    if (needs !== undefined && needs !== 'unreadable') return needs;
    this.#reportOnce(`recipe ${recipe}`, {
      severity: 'error',
      ...way.origin,
      message:
        needs === 'unreadable'
          ? `the recipe of ${wanted} cannot be read: ${this.#recipes.file(recipe)}`
          : way.via.length === 0
            ? `no recipe builds "${wanted}"`
            : `no recipe builds "${wanted}", which ${way.via.at(-1)} needs`,
      advice: [
        needs === 'unreadable'
          ? 'lint-recipe says what is wrong with it'
          : didYouMean(recipe, [...this.#recipes.names()], 'recipes'),
        ...(way.via.length === 0 ? [] : [`the way to it: ${[...way.via, wanted].join(' → ')}`]),
      ],
    });
    return undefined;
  }

  #fileOf(key: string): string {
    return this.#recipes.file(key.replace(/^host:/, ''));
  }

  #add({ origin, via }: Way, message: string, advice: string[]): void {
    const way = via.length === 0 ? [] : [`the way to it: ${via.join(' → ')}`];
    this.#reportOnce(message, { severity: 'error', ...origin, message, advice: [...advice, ...way] });
  }

  #reportOnce(key: string, diagnostic: Diagnostic): void {
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.diagnostics.push(diagnostic);
  }
}

/**
 * How each recipe comes to be: by its own rule, else by those of the packages that need it, else from its source. A recipe
 * that is wanted in both ways is taken as binary, as the cookbook does it where source is the default.
 */
function rulesOf(
  config: MergedConfig,
  recipes: RecipeLookup,
): (recipe: string, machine: 'target' | 'host') => RecipeBuild['rule'] {
  const binary = new Set<string>();
  const visit = (recipe: string): void => {
    if (binary.has(recipe)) return;
    binary.add(recipe);
    const needs = recipes.get(recipe);
    if (needs === undefined || needs === 'unreadable') return;
    for (const other of [...(needs.build?.dependencies ?? []), ...(needs.package.dependencies ?? [])]) {
      const { recipe: name, machine } = parseDependency(other);
      if (machine !== 'host') visit(name);
    }
  };
  for (const [name, { rule }] of config.packages) if (rule === 'binary') visit(parseDependency(name).recipe);
  return (recipe, machine) => {
    const own = config.packages.get(recipe)?.rule;
    if (own === 'source' || own === 'local') return own;
    // There are no binary packages for the machine that builds.
    return machine === 'target' && binary.has(recipe) ? 'binary' : 'source';
  };
}
