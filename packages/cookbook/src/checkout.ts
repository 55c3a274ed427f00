import { readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { type Diagnostic, didYouMean } from '@nx-redox/kit/toml';
import { findRecipes, isRecipeFolder } from '@nx-redox/recipe/parse';

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
 * The cookbook in a folder, found by looking.
 * @returns undefined if recipes or configs are missing.
 */
export function findCookbook(root: string): Cookbook | undefined {
  if (!isFolder(join(root, 'recipes')) || !isFolder(join(root, 'config'))) return undefined;
  return cookbookOf([...findRecipes(root, 'recipes'), ...findConfigs(root, 'config', 2)]);
}

/**
 * The cookbook in a folder.
 * @throws {UserError} that says what the folder lacks.
 */
export function requireCookbook(root: string): Cookbook {
  const cookbook = findCookbook(root);
  if (cookbook !== undefined) return cookbook;
  const missing = [
    ...(isFolder(join(root, 'recipes')) && findRecipes(root, 'recipes').length > 0 ? [] : ['recipes/**/recipe.toml']),
    ...(isFolder(join(root, 'config')) && findConfigs(root, 'config', 2).length > 0 ? [] : ['config/*.toml']),
  ];
  throw new UserError(`this is no checkout of the cookbook: there is no ${missing.join(' and no ')}`, {
    advice: [
      'run it at the top of a checkout of Redox’s build system, the folder with recipes/ and config/',
      'if it is one, the checkout is incomplete: git status and git restore show and bring back what was deleted',
    ],
  });
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

/**
 * The file of a config.
 * @throws {UserError} with the nearest name if there is none.
 */
export function requireConfig(
  cookbook: Pick<Cookbook, 'configs'>,
  wanted: { name: string; arch: string; board?: string },
): string {
  const file = lookUpConfig(cookbook, wanted);
  if (file !== undefined) return file;
  const { name, arch, board } = wanted;
  const places = board === undefined ? [`config/${arch}`, 'config'] : [`config/${arch}/${board}`];
  const others = [...new Set(cookbook.configs.filter((config) => config.name === name).map((config) => config.file))];
  throw new UserError(`there is no config "${name}" for ${board === undefined ? arch : `board ${board} of ${arch}`}`, {
    advice: [
      didYouMean(name, configNames(cookbook, wanted), 'configs'),
      `it is looked for in ${places.join(', then in ')}`,
      ...(others.length === 0 ? [] : [`of that name there is: ${others.join(', ')}`]),
    ],
  });
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

function findConfigs(root: string, folder: string, depth: number): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return depth > 0 && !entry.name.startsWith('.') ? findConfigs(root, path, depth - 1) : [];
    return entry.name.endsWith('.toml') ? [path] : [];
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
