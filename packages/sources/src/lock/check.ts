import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { UserError, withoutCredentials } from '@nx-redox/kit';
import { INPUTS_NAME, parseInputs, TREE_NAME } from '@nx-redox/recipe/parse';
import type { LoadedRecipe, SourcePlan } from '../load';
import type { Pin } from '../prepare';
import { scriptHash } from '../source-script';
import { filesBeforeScript, type TreeState } from '../tree-state';
import type { Inspection, TreePlace } from '../tree-place';
import { LOCK_NAME, readLock, type RecipeLock } from './lock-file';
import { digestOf, usedFiles, type TreeView, type UsedFiles } from './used-files';

const RUN_UPDATE = 'run the target update-lock of this project, look at what it changed, and commit recipe.lock';

/** The part of a lock that comes from recipe.toml alone. */
export function lockHead(plan: SourcePlan): Pick<RecipeLock, 'patches' | 'script'> {
  const script = scriptHash(plan.script);
  return {
    patches: plan.patches.map(({ file, blake3 }) => ({ file, blake3 })),
    ...(script === undefined ? {} : { script }),
  };
}

/** The source of a lock: what the recipe asks for, and what that is. */
export function lockSource({ from }: SourcePlan, pin: Pin): RecipeLock['source'] {
  const url = withoutCredentials(from.written);
  if (from.kind === 'git' && 'commit' in pin) {
    const { branch, rev } = from;
    return {
      kind: 'git',
      git: url,
      ...(branch === undefined ? {} : { branch }),
      ...(rev === undefined ? {} : { rev }),
      commit: pin.commit,
    };
  }
  if (from.kind === 'tar' && 'blake3' in pin) return { kind: 'tar', tar: url, blake3: pin.blake3 };
  throw new Error(`a ${from.kind} source cannot be pinned to ${JSON.stringify(pin)}`);
}

/** What a lock pins; undefined for one that shares a tree. */
export function pinOf({ source }: RecipeLock): Pin | undefined {
  if (source.kind === 'git') return { commit: source.commit };
  return source.kind === 'tar' ? { blake3: source.blake3 } : undefined;
}

/** What recipe.toml says now and did not say when the lock was written. */
function changesSince(lock: RecipeLock, plan: SourcePlan): string[] {
  const pin = pinOf(lock);
  const kind = plan.from.kind;
  if (pin === undefined || lock.source.kind !== kind) return [`the source is ${kind} now and was ${lock.source.kind}`];
  const wanted = { ...lockSource(plan, pin) } as Record<string, string | undefined>;
  const locked = { ...lock.source } as Record<string, string | undefined>;
  if (plan.from.kind === 'tar' && plan.from.blake3 !== undefined) wanted['blake3'] = plan.from.blake3;
  const changes = ['git', 'tar', 'branch', 'rev', 'blake3']
    .filter((key) => wanted[key] !== locked[key])
    .map((key) => `${key} is ${wanted[key] ?? 'not set'} now and was ${locked[key] ?? 'not set'}`);
  const head = lockHead(plan);
  const before = new Map(lock.patches.map(({ file, blake3 }) => [file, blake3]));
  for (const { file, blake3 } of head.patches) {
    if (!before.has(file)) changes.push(`the patch ${file} is new`);
    else if (before.get(file) !== blake3) {
      const unix = plan.patches.find((patch) => patch.file === file)?.unixBlake3;
      changes.push(
        unix !== undefined && unix === before.get(file)
          ? `the patch ${file} has other line ends (git changed them: write *.patch -text to .gitattributes and check it out again)`
          : `the patch ${file} has changed`,
      );
    }
    before.delete(file);
  }
  for (const file of before.keys()) changes.push(`the patch ${file} is gone`);
  if (changes.length === 0 && JSON.stringify(head.patches) !== JSON.stringify(lock.patches)) {
    changes.push('the patches have another order');
  }
  if (head.script !== lock.script) changes.push('the script has changed');
  return changes;
}

/**
 * The lock of a recipe with a source of its own.
 * @throws {UserError} if there is none, or recipe.toml was changed since.
 */
export async function lockOf(plan: SourcePlan): Promise<RecipeLock & { pin: Pin }> {
  const { recipe } = plan;
  const file = posix.join(recipe.dir, LOCK_NAME);
  const lock = await requiredLock(recipe);
  const changes = changesSince(lock, plan);
  if (changes.length > 0) {
    const rerun = `${RUN_UPDATE}; with --keep it stays at the same commit`;
    throw new UserError(
      [`recipe.toml has changed since this was written:`, ...changes.map((line) => `  ${line}`)].join('\n'),
      {
        file,
        advice: rerun,
      },
    );
  }
  return { ...lock, pin: pinOf(lock)! };
}

/** @throws {UserError} if the recipe has no lock. */
export async function requiredLock(recipe: LoadedRecipe): Promise<RecipeLock> {
  const lock = await readLock(recipe);
  if (lock !== undefined) return lock;
  throw new UserError('there is no recipe.lock, which says exactly what the source is', {
    file: recipe.file,
    advice: RUN_UPDATE,
  });
}

/** A tree as it was before the script of `[source]`, with what was changed in it since. */
export function treeView(dir: string, state: TreeState, recipe: LoadedRecipe, inspection?: Inspection): TreeView {
  const files = filesBeforeScript(state);
  for (const { path } of inspection?.differences ?? []) {
    const now = inspection?.now.get(path);
    if (now === undefined) files.delete(path);
    else files.set(path, now);
  }
  const scripted = new Set(state.beforeScript.map(({ path }) => path));
  const { build } = recipe.recipe;
  const clearsLock = build?.template === 'cargo' && build.clearlocked === true;
  return {
    files,
    text: (path) => {
      try {
        return readFileSync(join(dir, path), 'utf8');
      } catch {
        return undefined;
      }
    },
    link: (path) => {
      try {
        return readlinkSync(join(dir, path), 'utf8');
      } catch {
        return undefined;
      }
    },
    named: namedFiles(recipe),
    scripted: (path) => scripted.has(path) || (clearsLock && basename(path) === 'Cargo.lock'),
  };
}

/** Files of the tree that builds of the recipe were seen to read. */
function namedFiles({ path }: LoadedRecipe): string[] {
  let text: string;
  try {
    text = readFileSync(join(path, INPUTS_NAME), 'utf8');
  } catch {
    return [];
  }
  return parseInputs(text).flatMap((name) => new RegExp(`^(?:.*/)?${TREE_NAME}/(.+)$`).exec(name)?.[1] ?? []);
}

/** The files of a tree that count for a recipe, and their digest. */
export function lockedFiles(recipe: LoadedRecipe, view: TreeView): UsedFiles & Pick<RecipeLock, 'digest'> {
  const used = usedFiles(recipe.recipe, recipe.name, view);
  return { ...used, digest: digestOf(used) };
}

/**
 * Makes sure that the files of a tree that count for `recipe` are those that its lock names; returns them.
 * @throws {UserError} that names the files that differ.
 */
export function assertLocked(
  recipe: LoadedRecipe,
  lock: RecipeLock,
  place: TreePlace,
  inspection: Inspection,
): UsedFiles {
  const { state, differences } = inspection;
  const now = lockedFiles(recipe, treeView(place.path, state, recipe, inspection));
  if (now.digest === lock.digest) return now;
  if (differences.length === 0) throw staleLock(recipe, lock, now);
  const before = lockedFiles(recipe, treeView(place.path, state, recipe));
  if (before.digest !== lock.digest && place.recipe !== recipe) throw staleLock(recipe, lock, before);
  const counting = differences.filter(({ path }) => before.files.get(path) !== now.files.get(path));
  throw place.editsError(counting.length > 0 ? counting : differences, 'so it is not what recipe.lock names');
}

/** The error for a lock that names other files than the source holds that it pins. */
export function staleLock(recipe: LoadedRecipe, lock: RecipeLock, found: UsedFiles): UserError {
  const scope = (packages: string[] | undefined) =>
    packages === undefined ? 'the whole source' : `the cargo packages ${packages.join(', ')}`;
  const reason =
    scope(lock.packages) !== scope(found.packages)
      ? `it is for ${scope(lock.packages)}, but the recipe uses ${scope(found.packages)}`
      : lock.source.kind === 'same-as'
        ? `${lock.source.same_as} has moved, and files that this recipe uses are different there`
        : 'its digest is another one than that of the source it pins';
  return new UserError(`recipe.lock does not fit the source: ${reason}`, {
    file: posix.join(recipe.dir, LOCK_NAME),
    advice: RUN_UPDATE,
  });
}
