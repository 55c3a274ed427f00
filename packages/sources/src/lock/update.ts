import { fetchSource } from '../fetch';
import { loadRecipe, ownerOf, sourceOf, type LoadedRecipe, type SourcePlan } from '../load';
import { prepareTree, treeIdentity } from '../prepare';
import { resolvePin } from '../resolve';
import type { TreeState } from '../tree-state';
import { sourceTask, type SourceTask } from '../task';
import { TreePlace } from '../tree-place';
import { lockedFiles, lockHead, lockSource, pinOf, treeView } from './check';
import { formatLock, readLock, writeLock, type RecipeLock } from './lock-file';

export interface UpdateOptions {
  /** Stay at the commit or archive that the lock names; only patches, script and the choice of files are taken anew. */
  keep?: boolean;
  /** Folders of recipes that use this one's tree (`same_as`): it moves if any of them has other files then. */
  sharedBy?: readonly string[];
}

export interface UpdateResult {
  /** `none`: a source that needs no lock. `unchanged`: nothing that counts for the recipe is different. */
  done: 'none' | 'unchanged' | 'written';
  before?: RecipeLock;
  lock?: RecipeLock;
}

/**
 * Writes the recipe.lock of a recipe for the newest commit that its branch or tag allows, and brings that source.
 * A commit that changes no file that counts for the recipe leaves the lock as it is.
 *
 * @param recipeDir folder of the recipe.toml, relative to `workspaceRoot`.
 * @throws {UserError} if the source cannot be had or changes in the tree would be lost; the lock is the old one then.
 */
export async function updateLock(
  workspaceRoot: string,
  recipeDir: string,
  options: UpdateOptions = {},
  task: SourceTask = sourceTask(),
): Promise<UpdateResult> {
  const recipe = await loadRecipe(workspaceRoot, recipeDir);
  const own = await sourceOf(recipe);
  if (own.kind === 'same-as') return updateShared(workspaceRoot, recipe, task);
  if (own.kind !== 'fetched') return { done: 'none' };
  const sharers = await Promise.all((options.sharedBy ?? []).map((dir) => loadRecipe(workspaceRoot, dir)));
  return updateOwn(own.plan, sharers, options.keep ?? false, task);
}

async function updateOwn(
  plan: SourcePlan,
  sharers: readonly LoadedRecipe[],
  keep: boolean,
  task: SourceTask,
): Promise<UpdateResult> {
  const { recipe } = plan;
  const before = await readLock(recipe);
  const pin = await resolvePin(task, plan, keep && before !== undefined ? pinOf(before) : undefined);
  const place = new TreePlace(task, recipe);
  return place.alone(async () => {
    const inspection = await place.inspect();
    if (inspection !== undefined && inspection.differences.length > 0) await place.assertReplaceable(inspection);
    const decide = async (dir: string, state: TreeState, take: () => Promise<void>): Promise<UpdateResult> => {
      const { packages, digest } = lockedFiles(recipe, treeView(dir, state, recipe));
      const lock: RecipeLock = {
        source: lockSource(plan, pin),
        ...lockHead(plan),
        ...(packages === undefined ? {} : { packages }),
        digest,
      };
      if (before !== undefined && isSame(before, lock) && (await sharersAgree(sharers, dir, state))) {
        // A tree that is only newer than the lock would not be the one that it names.
        if (formatLock(before) === formatLock(lock)) await take();
        return { done: 'unchanged', before, lock: before };
      }
      await take();
      await writeLock(recipe, lock);
      return { done: 'written', before, lock };
    };
    if (inspection?.state.identity === treeIdentity(plan, pin)) {
      return decide(place.path, inspection.state, async () => undefined);
    }
    return place.prepare(
      (dir) => prepareTree(task, plan, pin, dir),
      ({ dir, state }, take) => decide(dir, state, take),
    );
  });
}

/** True if two locks differ at most in the commit; an archive of other bytes may replace one that nobody has any more. */
function isSame(before: RecipeLock, after: RecipeLock): boolean {
  if (before.source.kind !== 'git' || after.source.kind !== 'git') return formatLock(before) === formatLock(after);
  const { commit } = after.source;
  return formatLock({ ...before, source: { ...before.source, commit } }) === formatLock(after);
}

async function sharersAgree(sharers: readonly LoadedRecipe[], dir: string, state: TreeState): Promise<boolean> {
  for (const sharer of sharers) {
    const lock = await readLock(sharer);
    if (lock?.digest !== lockedFiles(sharer, treeView(dir, state, sharer)).digest) return false;
  }
  return true;
}

/** The lock of a recipe with `same_as`: the tree moves with the recipe that owns it. */
async function updateShared(workspaceRoot: string, recipe: LoadedRecipe, task: SourceTask): Promise<UpdateResult> {
  const { owner, source } = await ownerOf(workspaceRoot, recipe);
  const own = recipe.recipe.source;
  if (source.kind !== 'fetched' || own?.kind !== 'same-as') return { done: 'none' };
  await fetchSource(workspaceRoot, owner.dir, task);
  const place = new TreePlace(task, owner);
  return place.alone(async () => {
    const before = await readLock(recipe);
    const inspection = await place.inspect();
    if (inspection === undefined) throw new Error(`${place.name} vanished while it was read`);
    const { packages, digest } = lockedFiles(recipe, treeView(place.path, inspection.state, recipe));
    const lock: RecipeLock = {
      source: { kind: 'same-as', same_as: own.same_as },
      patches: [],
      ...(packages === undefined ? {} : { packages }),
      digest,
    };
    if (before !== undefined && formatLock(before) === formatLock(lock)) return { done: 'unchanged', before, lock };
    await writeLock(recipe, lock);
    return { done: 'written', before, lock };
  });
}
