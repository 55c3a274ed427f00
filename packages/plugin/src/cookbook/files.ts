import { posix } from 'node:path';

/** The configs of a checkout of the cookbook: `config/<name>.toml`, `config/<arch>/<name>.toml`, … */
const CONFIG = /^config\/.+\.toml$/;
const RECIPE = /^recipes\/.+\/recipe\.toml$/;
const SYSTEM = /^recipes\/[^/]+\/system\.toml$/;

/** Whether the files of a workspace are a checkout of Redox's cookbook: recipes and configs, and no system of ours. */
export function isCookbook(files: readonly string[]): boolean {
  return (
    files.some((file) => CONFIG.test(file)) &&
    files.some((file) => RECIPE.test(file)) &&
    !files.some((file) => SYSTEM.test(file))
  );
}

/** The files of a checkout that say what is in its graph, sorted by kind. */
export function cookbookFiles(files: readonly string[]): { recipes: string[]; configs: string[] } {
  return {
    recipes: files.filter((file) => RECIPE.test(file) && posix.dirname(file) !== 'recipes').sort(),
    configs: files.filter((file) => CONFIG.test(file)).sort(),
  };
}
