import { createHash, hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { lstat, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isSettled } from '@nx-redox/kit/settled';
import { gitOk, initEmptyRepository } from './git';
import type { SourceTask } from './task';

/** A file of a tree: what it is, and by what it is known again without reading it. */
export interface TreeFile {
  /** `x` executable, `-` other file, `l` symbolic link, `d` a repository that nobody fetched. */
  kind: 'x' | '-' | 'l' | 'd';
  /** SHA-256 of the content, or of a link's target. */
  hash: string;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
}

/** Files by path, with `/`, relative to the tree. */
export type TreeFiles = Map<string, TreeFile>;

/** How a tree is looked at. */
export interface TreeShape {
  /** Folders of git repositories in it (`''` for the tree itself); none for what came out of an archive. */
  repositories: readonly string[];
  /** All files count, whatever .gitignore says: what an archive brought belongs to it. */
  everything?: boolean;
  /** Files known from before: they count even if .gitignore names them. */
  known?: TreeFiles;
  /** When `known` was made, in milliseconds: a file as young as that is read again. */
  knownAt?: number;
}

const PIECE = 1 << 20;
const YIELD_EVERY = 256;

function hashFile(path: string, size: number): string {
  const hash = createHash('sha256');
  if (size <= PIECE) return hash.update(readFileSync(path)).digest('hex');
  const buffer = Buffer.allocUnsafe(PIECE);
  const file = openSync(path, 'r');
  try {
    for (let read = 0; (read = readSync(file, buffer)) > 0;) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** Names of all files in one repository that git does not ignore; rules of the user's own do not count. */
async function listRepository(task: SourceTask, dir: string, gitDir?: string): Promise<string[]> {
  const output = await gitOk(
    task,
    ['ls-files', '-z', '--others', '--exclude-per-directory=.gitignore', ...(gitDir === undefined ? ['--cached'] : [])],
    { cwd: dir, env: gitDir === undefined ? {} : { GIT_DIR: gitDir, GIT_WORK_TREE: dir } },
  );
  return output.split('\0').filter(Boolean);
}

async function walk(tree: string, dir: string, paths: Set<string>): Promise<void> {
  for (const entry of await readdir(join(tree, dir), { withFileTypes: true })) {
    const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
    if (entry.isDirectory()) await walk(tree, path, paths);
    else paths.add(path);
  }
}

/** Names of all files of a tree, sorted by code units. */
async function listTree(task: SourceTask, tree: string, shape: TreeShape): Promise<string[]> {
  const paths = new Set(shape.known?.keys());
  if (shape.everything) {
    await walk(tree, '', paths);
  } else if (shape.repositories.length === 0) {
    const empty = await initEmptyRepository(task);
    for (const path of await listRepository(task, tree, empty)) paths.add(path);
  } else {
    for (const repository of shape.repositories) {
      const dir = join(tree, repository);
      if (!existsSync(join(dir, '.git'))) continue;
      for (const path of await listRepository(task, dir)) paths.add(repository === '' ? path : `${repository}/${path}`);
    }
    // In its parent a submodule is one entry; its files came from its own list.
    for (const repository of shape.repositories) paths.delete(repository);
  }
  return [...paths].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Looks at all files of a tree, but reads only those that changed since `shape.known`.
 * What git ignores is left out, unless it is known.
 */
export async function readTree(task: SourceTask, tree: string, shape: TreeShape): Promise<TreeFiles> {
  const files: TreeFiles = new Map();
  let count = 0;
  for (const path of await listTree(task, tree, shape)) {
    if (++count % YIELD_EVERY === 0) task.signal?.throwIfAborted();
    const full = join(tree, path);
    const stat = await lstat(full).catch(() => undefined);
    if (stat === undefined) continue;
    const { size, mtimeMs, ctimeMs, ino } = stat;
    const facts = { size, mtimeMs, ctimeMs, ino };
    if (stat.isDirectory()) {
      // git names a foreign repository with a slash at its end; without one it is an empty submodule.
      if (path.endsWith('/')) files.set(path, { kind: 'd', hash: '', ...facts });
      continue;
    }
    if (stat.isSymbolicLink()) {
      files.set(path, { kind: 'l', hash: hash('sha256', readlinkSync(full), 'hex'), ...facts });
      continue;
    }
    if (!stat.isFile()) continue;
    const kind = stat.mode & 0o100 ? 'x' : '-';
    const known = shape.known?.get(path);
    const same =
      known !== undefined &&
      known.size === size &&
      known.mtimeMs === mtimeMs &&
      known.ctimeMs === ctimeMs &&
      known.ino === ino &&
      isSettled(Math.max(mtimeMs, ctimeMs), shape.knownAt ?? 0);
    files.set(path, { kind, hash: same ? known.hash : hashFile(full, size), ...facts });
  }
  return files;
}

/** How one file of a tree differs. */
export interface Difference {
  path: string;
  what: 'changed' | 'missing' | 'new';
}

/** What differs in `now` from `before`. */
export function compareTrees(
  before: ReadonlyMap<string, Pick<TreeFile, 'kind' | 'hash'>>,
  now: ReadonlyMap<string, Pick<TreeFile, 'kind' | 'hash'>>,
): Difference[] {
  const found: Difference[] = [];
  for (const [path, file] of before) {
    const other = now.get(path);
    if (other === undefined) found.push({ path, what: 'missing' });
    else if (other.hash !== file.hash || other.kind !== file.kind) found.push({ path, what: 'changed' });
  }
  for (const path of now.keys()) if (!before.has(path)) found.push({ path, what: 'new' });
  return found;
}

const SHOWN = 8;

/** Differences as lines of a message; of many only the first. */
export function formatDifferences(differences: readonly Difference[]): string[] {
  const lines = differences.slice(0, SHOWN).map(({ path, what }) => `  ${path} (${what})`);
  return differences.length > SHOWN ? [...lines, `  … and ${differences.length - SHOWN} more`] : lines;
}

/**
 * Gives files that are the same as in an older tree their old time, so that cargo does not compile again what only
 * moved; all others keep the present, since cargo takes a file for unchanged that is older than what it made of it.
 */
export async function keepTimes(tree: string, before: TreeFiles, now: TreeFiles): Promise<void> {
  for (const [path, file] of now) {
    const old = before.get(path);
    if (old === undefined || file.kind === 'l' || old.hash !== file.hash || old.kind !== file.kind) continue;
    const time = old.mtimeMs / 1000;
    await utimes(join(tree, path), time, time);
    const { mtimeMs, ctimeMs } = await lstat(join(tree, path));
    now.set(path, { ...file, mtimeMs, ctimeMs });
  }
}
