import { constants, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pruneWork } from './prune';

/** What was known of a file when it was copied: of the source's and of the copy. */
interface Known {
  source: string;
  copy: string;
}

/**
 * Size, time stamp and mode of a file: if they are the same, so is the content. It is asked of thousands of files, at once:
 * to wait for another thread would take ten times as long as the question.
 */
function stampOf(file: string): string | undefined {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(file)}`;
  return `${stat.size} ${stat.mtimeNs} ${stat.mode & 0o7777n}`;
}

/** A `file` is a link, too; an `outside` is the file that a link leads to which leaves the source. */
type Entry = { path: string; kind: 'file' | 'folder' | 'outside' | 'repository'; isBeyond?: boolean };

/** What a link leads to, if it leaves the source and that is there: the copy lies elsewhere. */
async function outside(root: string, link: string): Promise<Stats | undefined> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined || target === root || target.startsWith(`${root}/`)) return undefined;
  return stat(target);
}

/** What a build gets of a source; no folder that cargo marks as a cache. */
async function* entries(root: string, path = '', isBeyond = false): AsyncGenerator<Entry> {
  const found = readdirSync(join(root, path), { withFileTypes: true });
  if (path !== '' && found.some(({ name }) => name === 'CACHEDIR.TAG')) return;
  if (path !== '') yield { path, kind: 'folder', isBeyond };
  for (const entry of found) {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    const beyond = entry.isSymbolicLink() ? await outside(root, join(root, inner)) : undefined;
    if (entry.name === '.git') yield { path: inner, kind: 'repository' };
    else if (entry.isDirectory() || beyond?.isDirectory()) yield* entries(root, inner, beyond?.isDirectory());
    else if (beyond?.isFile()) yield { path: inner, kind: 'outside' };
    else if (entry.isFile() || entry.isSymbolicLink()) yield { path: inner, kind: 'file' };
  }
}

/** For the `.git` of a copy: the repository stays where it is, and git takes the copy for its working tree. */
async function gitFile(dotGit: string): Promise<string> {
  if ((await lstat(dotGit)).isDirectory()) return `gitdir: ${dotGit}\n`;
  const [, folder] = /^gitdir: (.*)$/m.exec(await readFile(dotGit, 'utf8')) ?? [];
  return `gitdir: ${resolve(dirname(dotGit), folder ?? '.')}\n`;
}

/**
 * Makes a folder the same as the source, but for what cargo has compiled in it. Files that are the same already, and that
 * no script has changed since, are not touched; a changed one has a new time stamp, whatever the source's says.
 *
 * @param memory file in which is kept what is known of the copy.
 * @returns links that lead out of the source, with what they lead to: no state of the source knows that.
 */
export async function copySource(source: string, copy: string, memory: string): Promise<Map<string, string>> {
  const known = new Map<string, Known>(
    Object.entries(JSON.parse(await readFile(memory, 'utf8').catch(() => '{}')) as Record<string, Known>),
  );
  const isFirst = known.size === 0;
  const found = new Map<string, Entry['kind']>();
  const beyond = new Map<string, string>();
  for await (const { path, kind, isBeyond } of entries(await realpath(source))) {
    found.set(path, kind);
    if (isBeyond || kind === 'outside') beyond.set(path, await realpath(join(source, path)));
  }
  await pruneWork(copy, (path) => found.has(path));
  const now: Record<string, Known> = {};
  await mkdir(copy, { recursive: true });
  for (const [path, kind] of found) {
    const to = join(copy, path);
    const from = kind === 'outside' ? await realpath(join(source, path)) : join(source, path);
    if (kind === 'folder') {
      if (lstatSync(to, { throwIfNoEntry: false })?.isDirectory()) continue;
      await rm(to, { recursive: true, force: true });
      await mkdir(to, { recursive: true });
      continue;
    }
    if (kind === 'repository') {
      await rm(to, { recursive: true, force: true });
      await writeFile(to, await gitFile(from));
      continue;
    }
    const stamp = stampOf(from)!;
    const old = known.get(path);
    if (old?.source === stamp && old.copy === stampOf(to)) {
      now[path] = old;
      continue;
    }
    await rm(to, { recursive: true, force: true });
    await mkdir(dirname(to), { recursive: true });
    if (stamp.startsWith('link ')) await symlink(stamp.slice('link '.length), to);
    else {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      // Makefiles compare time stamps.
      const { atime, mtime } = await lstat(from);
      if (isFirst) await utimes(to, atime, mtime);
    }
    now[path] = { source: stamp, copy: stampOf(to)! };
  }
  await writeFile(memory, JSON.stringify(now));
  return beyond;
}
