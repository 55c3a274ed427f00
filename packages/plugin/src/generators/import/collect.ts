import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A file of a recipe. */
interface CollectedFile {
  /** Relative to the folder of recipes, with `/`. */
  path: string;
  content: Buffer;
  mode: number;
}

/** Something that stays behind, and why. */
export interface Skipped {
  path: string;
  reason: string;
}

export interface Collected {
  /** Folders with a recipe.toml, relative to the folder of recipes. Sorted. */
  recipes: string[];
  files: CollectedFile[];
  skipped: Skipped[];
}

/** What the cookbook makes in a recipe's folder. */
const MADE_BY_COOKBOOK = ['source', 'target'];
/** Bytes; recipes have scripts, patches and icons beside them, nothing larger. */
const LARGEST = 16 * 1024 * 1024;

/**
 * Reads all recipes below a folder, each with all files of its folder but those that the cookbook makes there. If the
 * folder is a system, its own files are part of it: system.toml, and the Cargo workspace of its components.
 */
export function collectRecipes(root: string): Collected {
  const collected: Collected = { recipes: [], files: [], skipped: [] };
  if (existsSync(join(root, SYSTEM_FILE))) collectSystemFiles(root, collected);
  walk(root, '', false, collected);
  return collected;
}

const SYSTEM_FILE = 'system.toml';

/** Takes the files that lie in the system's own folder; folders without a recipe stay behind. */
function collectSystemFiles(root: string, collected: Collected): void {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const { name } = entry;
    if (name === '.git' || MADE_BY_COOKBOOK.includes(name)) continue;
    if (!entry.isDirectory()) addFile(root, name, collected);
    else if (!holdsRecipe(join(root, name))) {
      collected.skipped.push({ path: name, reason: 'no recipe is in this folder or below it' });
    }
  }
}

function holdsRecipe(dir: string): boolean {
  return readdirSync(dir, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? holdsRecipe(join(dir, entry.name)) : entry.name === 'recipe.toml',
  );
}

function walk(root: string, dir: string, insideRecipe: boolean, collected: Collected): void {
  const entries = readdirSync(join(root, dir), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = entries.map(({ name }) => name);
  const isRecipe = entries.some((entry) => entry.name === 'recipe.toml' && entry.isFile());
  if (isRecipe) collected.recipes.push(dir);
  else if (names.includes('recipe.sh') && !insideRecipe) {
    collected.skipped.push({
      path: dir,
      reason: 'it has a recipe.sh, a format that the cookbook has given up, and no recipe.toml',
    });
  }
  for (const entry of entries) {
    const path = posix.join(dir, entry.name);
    if (entry.name === '.git' || (isRecipe && MADE_BY_COOKBOOK.includes(entry.name))) continue;
    if (entry.isDirectory()) walk(root, path, insideRecipe || isRecipe, collected);
    else if (entry.name === 'recipe.toml' || insideRecipe || isRecipe) addFile(root, path, collected);
    else if (entry.name === SYSTEM_FILE && dir !== '') {
      collected.skipped.push({ path, reason: `a system is a folder of recipes/: import ${dir} by itself` });
    }
  }
}

function addFile(root: string, path: string, { files, skipped }: Collected): void {
  const skip = (reason: string) => skipped.push({ path, reason });
  const file = join(root, path);
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) skip('it is a symbolic link');
  else if (!stat.isFile()) skip('it is no regular file');
  else if (stat.size > LARGEST) skip(`it has ${stat.size} bytes, more than ${LARGEST}`);
  else {
    try {
      files.push({ path, content: readFileSync(file), mode: stat.mode & 0o777 });
    } catch (error) {
      skip(`it cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
}
