import { posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { parseRecipe, parseSystem, type Recipe, type System } from '@nx-redox/recipe/parse';
import { visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { readText, RECIPES, requireSystem } from '../systems';
import type { Diagnostic } from '@nx-redox/kit/toml';
import { UNITS } from './init-units';

/** A recipe of the system, as far as it can be read. */
interface FoundRecipe {
  name: string;
  dir: string;
  file: string;
  recipe: Recipe | undefined;
}

/** The files of a system that a new component has a place in. */
export interface SystemFiles {
  name: string;
  dir: string;
  file: string;
  text: string;
  /** The boot stages, in order. */
  stages: System['stages'];
  /** What is on the root file system, of a system that boots from a disk. */
  rootFiles: NonNullable<NonNullable<System['image']>['files']>;
  recipes: FoundRecipe[];
  /** The recipe of the initfs, with its manifest. */
  initfs: { file: string; text: string; recipe: Recipe };
  start: StartPlace;
}

/** Where it is said that a program is started: in a script of the initfs, or by units in a folder of the root file system. */
export type StartPlace = { by: 'script'; file: string; text: string } | { by: 'units'; dir: string; units: string[] };

const SCRIPT = 'etc/init.rc';

/**
 * Reads a system.
 * @throws {UserError} if it is not there, or a file that has to be changed has mistakes.
 */
export function readSystemFiles(tree: Tree, name: string): SystemFiles {
  requireSystem(tree, name);
  const dir = `${RECIPES}/${name}`;
  const file = `${dir}/system.toml`;
  const text = readText(tree, file);
  const { system, diagnostics } = parseSystem(text, file);
  refuseErrors(diagnostics);
  const recipes = readRecipes(tree, dir);
  const initfs = recipes.find((recipe) => recipe.name === system!.initfs);
  if (initfs === undefined) throw new UserError(`there is no recipe "${system!.initfs}" in ${dir}`, { file });
  const manifest = readText(tree, initfs.file);
  const { recipe, diagnostics: mistakes } = parseRecipe(manifest, initfs.file);
  refuseErrors(mistakes);
  return {
    name,
    dir,
    file,
    text,
    stages: system!.stages,
    rootFiles: system!.image?.files ?? [],
    recipes,
    initfs: { file: initfs.file, text: manifest, recipe: recipe! },
    start: readScript(tree, initfs, recipe!) ?? readUnits(tree, dir, system!) ?? noStart(initfs),
  };
}

/** @throws {UserError} that is the first mistake, if there is one that keeps a file from being used. */
function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first !== undefined) throw new UserError(first.message, first);
}

function readRecipes(tree: Tree, dir: string): FoundRecipe[] {
  const found: FoundRecipe[] = [];
  visitNotIgnoredFiles(tree, dir, (path) => {
    const file = path.replaceAll('\\', '/');
    const folder = posix.dirname(file);
    if (posix.basename(file) !== 'recipe.toml' || folder === dir) return;
    const { recipe } = parseRecipe(readText(tree, file), file);
    found.push({ name: posix.basename(folder), dir: folder, file, recipe });
  });
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function readScript(tree: Tree, initfs: FoundRecipe, recipe: Recipe): StartPlace | undefined {
  const entry = recipe.nx.initfs?.files?.find(({ to }) => to === SCRIPT);
  if (entry?.path === undefined || entry.recipe !== undefined) return undefined;
  const file = posix.join(initfs.dir, entry.path);
  return { by: 'script', file, text: readText(tree, file) };
}

/** The folder of the system whose files are init's units on the root file system. */
function readUnits(tree: Tree, systemDir: string, { image }: System): StartPlace | undefined {
  const entry = image?.files?.find(
    ({ from, to }) => from.recipe === undefined && (to === UNITS || UNITS.startsWith(`${to}/`)),
  );
  if (entry === undefined) return undefined;
  const dir = posix.join(systemDir, entry.from.path, posix.relative(entry.to, UNITS));
  return { by: 'units', dir, units: tree.exists(dir) ? tree.children(dir) : [] };
}

function noStart(initfs: FoundRecipe): never {
  throw new UserError('there is no place where a component is started', {
    file: initfs.file,
    advice: [
      `a script of the initfs: [[nx.initfs.files]] with from = "${SCRIPT}" and to = "${SCRIPT}"`,
      `units on a root file system: [[image.files]] of system.toml with from = "root/usr" and to = "usr"`,
    ],
  });
}

/** How the programs of a system are compiled and linked: as most of them are. */
export function programSettings(system: SystemFiles): { spec: string | undefined; linkerScript: string | undefined } {
  const counts = new Map<string, { spec?: string; linkerScript?: string; count: number }>();
  for (const { recipe, dir } of system.recipes) {
    if (recipe?.kind !== 'program' || recipe.build?.template !== 'cargo') continue;
    const script = recipe.nx['linker-script'];
    const settings = { spec: recipe.nx.spec, linkerScript: script && posix.join(dir, script) };
    const key = JSON.stringify(settings);
    counts.set(key, { ...settings, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const [best] = [...counts.values()].sort((a, b) => b.count - a.count);
  return { spec: best?.spec, linkerScript: best?.linkerScript };
}
