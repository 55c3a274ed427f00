import { posix } from 'node:path';
import type { Diagnostic } from '@nx-redox/kit/toml';
import { isRecipeFolder } from '@nx-redox/recipe/parse';

/** A config of the cookbook: what a system installs. */
export interface ConfigFile {
  /** Relative to the checkout, with `/`. */
  file: string;
  /** Its name on the command line: the file's, without `.toml`. */
  name: string;
  /** The architecture whose folder it is in; undefined for one that all architectures have. */
  arch?: string;
  /** The board whose folder it is in. */
  board?: string;
}

/** A checkout of the cookbook: where its recipes and configs are. */
export interface Cookbook {
  /** Folder of each recipe, relative to the checkout, by its name: that of the folder. */
  recipes: ReadonlyMap<string, string>;
  /** Sorted by file. */
  configs: readonly ConfigFile[];
  /** Warnings: recipes of one name. */
  diagnostics: readonly Diagnostic[];
}

const RECIPE = 'recipe.toml';

/**
 * The cookbook that a list of files is: recipes below `recipes/`, configs below `config/`.
 * @param files relative to the checkout, with `/`; others than recipes and configs do not matter.
 * @returns undefined if recipes or configs are missing: it is no cookbook.
 */
export function cookbookOf(files: Iterable<string>): Cookbook | undefined {
  const recipeFiles: string[] = [];
  const configs: ConfigFile[] = [];
  for (const file of files) {
    if (file.startsWith('recipes/')) {
      if (
        file.endsWith(`/${RECIPE}`) &&
        file
          .slice(0, -RECIPE.length - 1)
          .split('/')
          .every(isRecipeFolder)
      )
        recipeFiles.push(file);
    } else if (file.startsWith('config/') && file.endsWith('.toml')) {
      const config = configOf(file);
      if (config !== undefined) configs.push(config);
    }
  }
  if (recipeFiles.length === 0 || configs.length === 0) return undefined;
  return { ...recipesByName(recipeFiles.sort()), configs: configs.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/**
 * The file of a config as the build system looks it up: the architecture's own before the common one; with a board, only
 * the board's.
 */
export function lookUpConfig(
  { configs }: Pick<Cookbook, 'configs'>,
  { name, arch, board }: { name: string; arch: string; board?: string },
): string | undefined {
  const places =
    board === undefined
      ? [`config/${arch}/${name}.toml`, `config/${name}.toml`]
      : [`config/${arch}/${board}/${name}.toml`];
  return places.find((file) => configs.some((config) => config.file === file));
}

/** Names of all configs that an architecture, or a board of it, has; sorted. */
export function configNames(
  { configs }: Pick<Cookbook, 'configs'>,
  { arch, board }: { arch: string; board?: string },
): string[] {
  const names = configs
    .filter((config) =>
      board === undefined
        ? config.board === undefined && (config.arch === undefined || config.arch === arch)
        : config.arch === arch && config.board === board,
    )
    .map(({ name }) => name);
  return [...new Set(names)].sort();
}

function configOf(file: string): ConfigFile | undefined {
  const folders = file.split('/').slice(1, -1);
  if (folders.length > 2 || folders.some((folder) => folder.startsWith('.'))) return undefined;
  const [arch, board] = folders;
  return {
    file,
    name: posix.basename(file, '.toml'),
    ...(arch === undefined ? {} : { arch }),
    ...(board === undefined ? {} : { board }),
  };
}

function recipesByName(files: readonly string[]): Pick<Cookbook, 'recipes' | 'diagnostics'> {
  const recipes = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const folder = posix.dirname(file);
    const name = posix.basename(folder);
    const other = recipes.get(name);
    // The cookbook takes the last one that it finds, in no certain order; we take the last by path.
    if (other !== undefined) {
      diagnostics.push({
        severity: 'warning',
        file,
        message: `there are two recipes "${name}": ${folder} is taken, not ${other}`,
        advice: ['a recipe is known by the name of its folder: rename one of them'],
      });
    }
    recipes.set(name, folder);
  }
  return { recipes, diagnostics };
}
