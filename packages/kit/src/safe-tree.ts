import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GIT_FILES, hasGitName, isGitName } from './git-name';
import { type BadLink, findBadLink } from './links';
import { UserError } from './user-error';

/** Bounds against trees made to fill a disk. */
export interface TreeLimits {
  /** Files, folders and links of one tree. */
  entries: number;
  /** Bytes of one unpacked tree. */
  treeBytes: number;
}

/** What is wrong with a path that a source brings, or undefined if it stays in its folder. */
export function unsafePath(path: string): string | undefined {
  if (path === '') return 'has an empty name';
  if (path.includes('\0')) return 'has a NUL in its name';
  if (path.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(path)) return 'has an absolute path';
  if (path.split(/[/\\]/).includes('..')) return 'leads out of the folder by ".."';
  if (hasGitName(path)) return GIT_FILES;
  return undefined;
}

export function badLinkError({ path, target, why }: BadLink, origin: string): UserError {
  const shown = target.length > 200 ? `${target.slice(0, 200)}…` : target;
  const where = why.startsWith('leads') ? `, to ${JSON.stringify(shown)}` : '';
  return new UserError(`${origin}: the link ${path} ${why}${where}`, {
    advice:
      'nothing of it was taken; if the source is to be trusted, take the link out in a copy and name that with path = "…"',
  });
}

/**
 * Walks over a tree on disk and makes sure that everything in it is a file, a folder or a link that stays inside,
 * and that it is not larger than allowed.
 *
 * @param repositories folders of git repositories in the tree, relative to it: only there git's own files may be.
 * @throws {UserError} that names the first thing that does not belong there; the reason of `signal`.
 */
export async function assertTreeInside(
  root: string,
  origin: string,
  limits: TreeLimits,
  options: { repositories?: readonly string[]; signal?: AbortSignal } = {},
): Promise<void> {
  const links = new Map<string, string>();
  const known = new Set(options.repositories?.map((folder) => (folder === '' ? '.git' : `${folder}/.git`)));
  let entries = 0;
  let bytes = 0;
  const walk = async (dir: string): Promise<void> => {
    options.signal?.throwIfAborted();
    for (const entry of await readdir(join(root, dir), { withFileTypes: true })) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (isGitName(entry.name)) {
        if (known.has(path) && entry.isDirectory()) continue;
        throw new UserError(`${origin}: ${JSON.stringify(path)} ${GIT_FILES}`, { advice: 'nothing of it was taken' });
      }
      if (++entries > limits.entries) throw tooMany(origin, limits);
      if (entry.isDirectory()) {
        await walk(path);
      } else if (entry.isSymbolicLink()) {
        links.set(path, await readlink(join(root, path)));
      } else if (entry.isFile()) {
        bytes += (await lstat(join(root, path))).size;
        if (bytes > limits.treeBytes) throw tooLarge(origin, limits);
      } else {
        throw new UserError(`${origin}: ${path} is neither a file nor a folder nor a link`);
      }
    }
  };
  await walk('');
  const link = await findBadLink(links, options.signal);
  if (link !== undefined) throw badLinkError(link, origin);
}

export function tooMany(origin: string, limits: TreeLimits): UserError {
  return new UserError(`${origin}: it holds more than ${limits.entries} files and folders`, {
    advice: 'that is more than any source needs; nothing of it was taken',
  });
}

export function tooLarge(origin: string, limits: TreeLimits): UserError {
  return new UserError(`${origin}: it holds more than ${(limits.treeBytes / 1e9).toFixed(1)} GB`, {
    advice: 'that is more than any source needs; nothing of it was taken',
  });
}
