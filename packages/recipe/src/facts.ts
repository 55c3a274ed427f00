import { builderOf, isScriptTemplate, type Builder } from './builder';
import type { Recipe, Template } from './recipe';

/** What the graph needs of `[build]`: no scripts, no flags. */
export interface BuildFacts {
  template: Template;
  /** Only for those that cargo builds; of all others the template tells. */
  builder?: 'cargo';
  dependencies?: string[];
  'dev-dependencies'?: string[];
  cargopath?: string;
  /** Only for a script that asks for nothing of the sysroot: what it builds runs without a C library. */
  bare?: true;
}

/** What the graph needs of a recipe.toml. Small, because thousands are remembered from one graph to the next. */
export type RecipeFacts = Omit<Recipe, 'build'> & {
  /** Undefined only if `[build]` has mistakes. */
  build: BuildFacts | undefined;
};

/**
 * Words by which a script asks for the sysroot: its variables, the functions of the shell API that compile, the compilers
 * and linkers that redoxer names (cookbook, src/cook/script.rs).
 */
const ASKS_FOR_SYSROOT =
  /SYSROOT|DYNAMIC|\bcookbook_\w+|COOKBOOK_(CARGO|CONFIGURE|CMAKE|MESON|MAKE\b)|GNU_TARGET|\$\{?(CC|CXX|LD|AR|CARGO)\b|LDFLAGS|CFLAGS|\bcargo\b|\bredoxer\b/;

/** What builds a recipe, as {@link builderOf}. */
export function builderOfFacts({ builder, template }: BuildFacts): Builder | undefined {
  return builder ?? (isScriptTemplate(template) ? 'script' : undefined);
}

/** Leaves out of a recipe what only its build reads: scripts and flags. */
export function recipeFacts({ build, source, ...recipe }: Recipe): RecipeFacts {
  let facts: BuildFacts | undefined;
  if (build !== undefined) {
    const { template, dependencies, 'dev-dependencies': dev } = build;
    facts = { template };
    if (builderOf({ build, nx: recipe.nx }) === 'cargo') facts.builder = 'cargo';
    if (dependencies !== undefined) facts.dependencies = dependencies;
    if (dev !== undefined) facts['dev-dependencies'] = dev;
    if (build.template === 'custom' && !ASKS_FOR_SYSROOT.test(build.script)) facts.bare = true;
    if (build.template === 'cargo' && build.cargopath !== undefined) facts.cargopath = build.cargopath;
  }
  if (source === undefined) return { ...recipe, build: facts };
  if (source.kind !== 'git' && source.kind !== 'tar') return { ...recipe, source, build: facts };
  const place = { ...source };
  delete place.script;
  return { ...recipe, source: place, build: facts };
}
