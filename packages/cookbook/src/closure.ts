import { didYouMean, type Diagnostic } from '@nx-redox/kit/toml';
import type { MergedConfig } from './merge';

/** What is installed, and what must be built for it. */
export interface PackageSet {
  /** Names of recipes whose stages are installed, sorted: the config's packages, and what they need at run time. */
  installed: string[];
  /** Packages that are installed from what was built elsewhere (rule "binary"). */
  binary: string[];
}

/** A recipe as something that packages need; undefined if there is none of that name. */
export type FindRecipe = (name: string) => { runtime: readonly string[] } | undefined;

/** A package is a recipe, or a part of one: `recipe.part`. */
const recipeOf = (name: string): string => name.split('.', 1)[0]!;

/**
 * The packages of a config with all that they need at run time. A package with the rule "ignore" is not installed, and
 * what only it needs is not either.
 *
 * @param names all recipes, for suggestions.
 */
export function packageSet(
  { packages }: Pick<MergedConfig, 'packages'>,
  find: FindRecipe,
  names: () => readonly string[],
): { set: PackageSet; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const installed = new Set<string>();
  const binary = new Set<string>();
  const ruleOf = (name: string) => packages.get(name)?.rule;
  const visit = (name: string): void => {
    if (ruleOf(name) === 'ignore' || installed.has(name)) return;
    const recipe = find(name);
    // Names that a recipe gets wrong are reported at the recipe.
    if (recipe === undefined) return;
    installed.add(name);
    if (ruleOf(name) === 'binary') binary.add(name);
    for (const next of recipe.runtime) visit(recipeOf(next));
  };
  for (const [name, { origin }] of packages) {
    if (find(recipeOf(name)) === undefined) {
      diagnostics.push({
        severity: 'error',
        message: `no recipe builds the package "${name}"`,
        ...origin,
        table: 'packages',
        advice: [didYouMean(recipeOf(name), names(), 'recipes')],
      });
    } else visit(recipeOf(name));
  }
  return { set: { installed: [...installed].sort(), binary: [...binary].sort() }, diagnostics };
}
