import { existsSync } from 'node:fs';
import { appendFile, copyFile, lstat, mkdir, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { basename, join } from 'node:path';
import { MAX_TARGET_BYTES, redact, tooLarge, tooMany, unsafePath, UserError, withoutCredentials } from '@nx-redox/kit';
import { didYouMean } from '@nx-redox/kit/toml';
import type { SourceTask } from '../task';
import type { GitRequest } from './refs';
import { git, gitOk } from './run';
import { BRANCH, fetchCommit } from './store';
import { submodules, submoduleUrl } from './submodules';

const MAX_SUBMODULE_DEPTH = 10;
/** Mode of symbolic links in git's trees. */
const LINK = '120000';

interface TreeEntry {
  mode: string;
  type: string;
  oid: string;
  size: number;
  path: string;
}

async function listCommit(task: SourceTask, repository: string, commit: string): Promise<TreeEntry[]> {
  const text = await gitOk(task, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit], { cwd: repository });
  return text
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', oid = '', size = ''] = line.slice(0, tab).split(/ +/);
      return { mode, type, oid, size: Number(size) || 0, path: line.slice(tab + 1) };
    });
}

/** Counts over a repository and its submodules. */
interface Counts {
  entries: number;
  bytes: number;
}

/**
 * Checks a commit out into the empty or missing folder `dir`, with all submodules. The folder becomes a repository of
 * its own that borrows its objects from the store.
 *
 * @returns folders of the repositories in it, relative to `dir`: `''` and one for each submodule.
 */
export async function checkoutCommit(
  task: SourceTask,
  request: GitRequest,
  commit: string,
  dir: string,
): Promise<string[]> {
  const repositories: string[] = [];
  await checkoutInto(task, request, commit, dir, '', { entries: 0, bytes: 0 }, repositories, {}, 0);
  return repositories;
}

async function checkoutInto(
  task: SourceTask,
  request: GitRequest,
  commit: string,
  root: string,
  at: string,
  counts: Counts,
  repositories: string[],
  env: Record<string, string>,
  depth: number,
): Promise<void> {
  const { url, history, submodules: wanted } = request;
  const bare = await fetchCommit(task, url, commit, history, env);
  const entries = await listCommit(task, bare, commit);
  const origin = `${redact(url)} at ${commit.slice(0, 12)}`;
  for (const entry of entries) {
    counts.bytes += entry.size;
    const unsafe = unsafePath(entry.path);
    if (unsafe !== undefined) throw new UserError(`${origin}: ${JSON.stringify(entry.path)} ${unsafe}`);
    if (entry.mode === LINK && entry.size > MAX_TARGET_BYTES) {
      throw new UserError(
        `${origin}: the link ${entry.path} has a target of ${entry.size} bytes; systems take ${MAX_TARGET_BYTES}`,
      );
    }
  }
  counts.entries += entries.length;
  if (counts.entries > task.limits.entries) throw tooMany(origin, task.limits);
  if (counts.bytes > task.limits.treeBytes) throw tooLarge(origin, task.limits);

  const dir = join(root, at);
  repositories.push(at);
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  await gitOk(task, [...BRANCH, 'init', '--quiet', '--template=', `--object-format=${format}`, dir]);
  const own = join(dir, '.git');
  await mkdir(join(own, 'objects', 'info'), { recursive: true });
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${join(bare, 'objects')}\n`);
  if (existsSync(join(bare, 'shallow'))) await copyFile(join(bare, 'shallow'), join(own, 'shallow'));
  // For the git of the user, too, the tree is as it was checked out, whatever they prefer elsewhere.
  const same = `[core]\n\tautocrlf = false\n\teol = lf\n\tattributesFile = ${devNull}\n`;
  const origins = `[remote "origin"]\n\turl = ${JSON.stringify(withoutCredentials(url))}\n`;
  await appendFile(join(own, 'config'), `${same}${origins}`);
  await gitOk(task, ['checkout', '--quiet', '--force', '--detach', commit], { cwd: dir });
  await assertToldApart(dir, entries, origin);
  await tellOfPointers(task, dir, entries, origin);

  const all = entries.filter(({ type }) => type === 'commit');
  const unknown = wanted?.find((path) => !all.some((link) => link.path === path));
  if (unknown !== undefined) {
    throw new UserError(`${origin} has no submodule ${unknown}`, {
      advice:
        all.length === 0
          ? 'it has none'
          : didYouMean(
              unknown,
              all.map(({ path }) => path),
              'submodules',
            ),
    });
  }
  const links = wanted === undefined ? all : all.filter(({ path }) => wanted.includes(path));
  if (links.length === 0) return;
  if (depth >= MAX_SUBMODULE_DEPTH)
    throw new UserError(`${origin}: its submodules are more than ${MAX_SUBMODULE_DEPTH} deep`);
  const modules = await submodules(task, bare, commit, origin);
  for (const link of links) {
    const inner = at === '' ? link.path : `${at}/${link.path}`;
    const found = modules.get(link.path);
    if (found === undefined) {
      task.log(
        `${origin}: .gitmodules does not say where the submodule ${link.path} comes from; its folder stays empty`,
      );
      continue;
    }
    if (found.update === 'none') continue;
    await assertPlainWay(root, inner);
    await checkoutInto(
      task,
      { url: submoduleUrl(url, found.url), history },
      link.oid,
      root,
      inner,
      counts,
      repositories,
      // Git's own rule for addresses that a repository and not the user chose: no local ones, no programs.
      { GIT_PROTOCOL_FROM_USER: '0' },
      depth + 1,
    );
  }
}

/** @throws {UserError} if the file system takes two names of a commit for one: the tree would not be the commit. */
async function assertToldApart(dir: string, entries: readonly TreeEntry[], origin: string): Promise<void> {
  const byName = new Map<string, string>();
  for (const { path } of entries) {
    const alike = path.normalize('NFC').toLowerCase();
    const other = byName.get(alike);
    if (other === undefined) {
      byName.set(alike, path);
      continue;
    }
    const [one, two] = await Promise.all([path, other].map((name) => lstat(join(dir, name)).catch(() => undefined)));
    if (one !== undefined && two !== undefined && one.ino !== two.ino) continue;
    throw new UserError(`${origin}: this file system does not tell ${other} from ${path}`, {
      advice: 'work in a folder of a file system that does; on macOS: a case-sensitive APFS volume',
    });
  }
}

/** Files that Git LFS keeps elsewhere stay the short texts that stand for them, on every machine. */
async function tellOfPointers(
  task: SourceTask,
  dir: string,
  entries: readonly TreeEntry[],
  origin: string,
): Promise<void> {
  if (!entries.some(({ path }) => basename(path) === '.gitattributes')) return;
  const found = await git(task, ['ls-files', '-z', ':(attr:filter=lfs)'], { cwd: dir });
  const names = found.stdout.split('\0').filter(Boolean);
  if (names.length === 0) return;
  task.log(
    `${origin}: ${names.length} files are kept by Git LFS and are not fetched, such as ${names[0]}; a script of [source] can bring them`,
  );
}

async function assertPlainWay(root: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const found = await lstat(join(root, ...parts.slice(0, count))).catch(() => undefined);
    if (found?.isSymbolicLink()) throw new UserError(`the submodule ${path} would be written through a symbolic link`);
  }
}
