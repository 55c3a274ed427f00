import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, writeFileWhole } from '@nx-redox/kit';
import { USED_NAME } from '@nx-redox/recipe/parse';
import { assertLocked, lockedFiles, lockOf, requiredLock, staleLock, treeView } from './lock/check';
import type { RecipeLock } from './lock/lock-file';
import type { UsedFiles } from './lock/used-files';
import { loadRecipe, ownerOf, type LoadedRecipe, type SourcePlan } from './load';
import { prepareTree, treeIdentity, type Pin } from './prepare';
import { sourceTask, type SourceTask } from './task';
import { TreePlace, type Inspection } from './tree-place';

export interface FetchResult {
  /** Folder of the source, relative to the workspace root; undefined for a recipe without one. */
  folder?: string;
  /** What was to be done: nothing, nothing for a folder that is used in place, or nothing any more. */
  done: 'none' | 'in-place' | 'up-to-date' | 'fetched';
}

/**
 * Brings the source of a recipe to its place: what recipe.lock names, patched, in `source` beside recipe.toml; and
 * makes sure that what lies there is that. Recipes with `same_as` use the tree of the other one, folders are used in
 * place. Several tasks may do this at once.
 *
 * @param recipeDir folder of the recipe.toml, relative to `workspaceRoot`.
 * @throws {UserError} if that is not possible; a tree is always the old one or the whole new one.
 */
export async function fetchSource(
  workspaceRoot: string,
  recipeDir: string,
  task: SourceTask = sourceTask(),
): Promise<FetchResult> {
  const recipe = await loadRecipe(workspaceRoot, recipeDir);
  const { owner, source } = await ownerOf(workspaceRoot, recipe);
  if (source.kind === 'none') return { done: 'none' };
  if (source.kind === 'path') {
    await assertFolder(workspaceRoot, owner, source.folder);
    return { folder: source.folder, done: 'in-place' };
  }
  const ownerLock = await lockOf(source.plan);
  const lock = recipe.path === owner.path ? ownerLock : await requiredLock(recipe);
  const place = new TreePlace(task, owner);
  return place.alone(async () => {
    const before = await place.inspect();
    const isThere = before?.state.identity === treeIdentity(source.plan, ownerLock.pin);
    const inspection = isThere ? before : await bring(task, place, source.plan, ownerLock, before);
    const used = assertLocked(recipe, lock, place, inspection);
    await place.refresh(inspection);
    await noteUsed(recipe.path, place.name, used);
    return { folder: place.name, done: isThere ? 'up-to-date' : 'fetched' };
  });
}

/** Tells builds, which compare it with what they have read, which files of the tree the recipe's lock stands for. */
async function noteUsed(recipePath: string, tree: string, { packages, files }: UsedFiles): Promise<void> {
  const text = JSON.stringify({ tree, files: packages === undefined ? null : [...files.keys()].sort() });
  const file = join(recipePath, USED_NAME);
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFileWhole(file, text);
}

async function bring(
  task: SourceTask,
  place: TreePlace,
  plan: SourcePlan,
  lock: RecipeLock & { pin: Pin },
  before: Inspection | undefined,
): Promise<Inspection> {
  // Asked before all the work, and once more when it is done.
  if (before !== undefined) await place.assertReplaceable(before);
  return place.prepare(
    (dir) => prepareTree(task, plan, lock.pin, dir),
    async ({ dir, state }, take) => {
      const found = lockedFiles(plan.recipe, treeView(dir, state, plan.recipe));
      if (found.digest !== lock.digest) throw staleLock(plan.recipe, lock, found);
      await take();
      return { state, now: state.files, differences: [] };
    },
  );
}

async function assertFolder(workspaceRoot: string, recipe: LoadedRecipe, folder: string): Promise<void> {
  const found = await stat(join(workspaceRoot, folder)).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new UserError(
    found === undefined ? `the source folder ${folder} does not exist` : `the source ${folder} is not a folder`,
    {
      file: recipe.file,
      ...recipe.place(['source', 'path']),
      advice: 'path is relative to the folder of the recipe',
    },
  );
}
