import type { Build, Recipe } from './recipe';

/** Templates that are built by a script. */
export type ScriptBuild = Exclude<Build, { template: 'none' | 'remote' }>;

export function isScriptTemplate(template: Build['template']): template is ScriptBuild['template'] {
  return template !== 'none' && template !== 'remote';
}

export function isScriptBuild(build: Build | undefined): build is ScriptBuild {
  return build !== undefined && isScriptTemplate(build.template);
}

/**
 * What builds a recipe: `cargo` compiles and stages one program as the table `[nx]` says, `script` runs the recipe's
 * script with the cookbook's shell API, which stages what it likes.
 */
export type Builder = 'cargo' | 'script';

type CargoBuild = Extract<Build, { template: 'cargo' }>;

/** Keys of template cargo that only the shell API follows. */
const SHELL_KEYS = [
  'cargoflags',
  'cargopackages',
  'cargoexamples',
  'clearlocked',
  'cargopackagesprefixed',
] as const satisfies readonly (keyof CargoBuild)[];

/**
 * What builds a recipe; undefined for one that only names other packages. A cargo recipe without `[nx]`, as the cookbook
 * has it, is built as the cookbook does it: with all its programs.
 */
export function builderOf({ build, nx }: Pick<Recipe, 'build' | 'nx'>): Builder | undefined {
  if (!isScriptBuild(build)) return undefined;
  if (build.template !== 'cargo' || Object.keys(nx).length === 0) return 'script';
  return SHELL_KEYS.some((key) => build[key] !== undefined) ? 'script' : 'cargo';
}
