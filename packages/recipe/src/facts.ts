import { builderOf, type Builder } from './builder';
import type { Recipe, Template } from './recipe';

/** What the graph needs of `[build]`: no scripts, no flags. */
export interface BuildFacts {
  template: Template;
  builder?: Builder;
  dependencies?: string[];
  'dev-dependencies'?: string[];
  cargopath?: string;
}

/** What the graph needs of a recipe.toml. Small, because thousands are remembered from one graph to the next. */
export type RecipeFacts = Omit<Recipe, 'build'> & {
  /** Undefined only if `[build]` has mistakes. */
  build: BuildFacts | undefined;
};

/** Leaves out of a recipe what only its build reads: scripts and flags. */
export function recipeFacts({ build, source, ...recipe }: Recipe): RecipeFacts {
  let facts: BuildFacts | undefined;
  if (build !== undefined) {
    const { template, dependencies, 'dev-dependencies': dev } = build;
    const builder = builderOf({ build, nx: recipe.nx });
    facts = { template, ...(builder === undefined ? {} : { builder }) };
    if (dependencies !== undefined) facts.dependencies = dependencies;
    if (dev !== undefined) facts['dev-dependencies'] = dev;
    if (build.template === 'cargo' && build.cargopath !== undefined) facts.cargopath = build.cargopath;
  }
  if (source === undefined) return { ...recipe, build: facts };
  if (source.kind !== 'git' && source.kind !== 'tar') return { ...recipe, source, build: facts };
  const place = { ...source };
  delete place.script;
  return { ...recipe, source: place, build: facts };
}
