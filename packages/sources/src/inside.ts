import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { Limits } from './task';

/** More links than this on one way are an error for the kernel too (Linux: MAXSYMLINKS). */
const MAX_HOPS = 40;

/** What is wrong with a path that a source brings, or undefined if it stays in its folder. */
export function unsafePath(path: string): string | undefined {
  if (path === '') return 'has an empty name';
  if (path.includes('\0')) return 'has a NUL in its name';
  if (path.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(path)) return 'has an absolute path';
  if (path.split(/[/\\]/).includes('..')) return 'leads out of the folder by ".."';
  return undefined;
}

/**
 * The first symbolic link that leads out of the folder, also by way of other links.
 * @param links target by path of the link; both as they are in the tree, with `/`.
 */
export function linkToOutside(links: ReadonlyMap<string, string>): { path: string; target: string } | undefined {
  for (const [path, target] of links) {
    if (leadsOut(path, target, links)) return { path, target };
  }
  return undefined;
}

function leadsOut(path: string, target: string, links: ReadonlyMap<string, string>): boolean {
  if (target === '' || posix.isAbsolute(target)) return true;
  const at = path.split('/').slice(0, -1);
  const rest = target.split('/');
  for (let hops = 0; rest.length > 0 && hops <= MAX_HOPS;) {
    const part = rest.shift()!;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.pop() === undefined) return true;
      continue;
    }
    const next = links.get([...at, part].join('/'));
    if (next === undefined) {
      at.push(part);
    } else {
      if (posix.isAbsolute(next)) return true;
      hops++;
      rest.unshift(...next.split('/'));
    }
  }
  return false;
}

export function outsideLinkError(link: { path: string; target: string }, origin: string): UserError {
  return new UserError(`${origin}: the link ${link.path} leads out of the source, to ${JSON.stringify(link.target)}`, {
    advice:
      'nothing of it was taken; if the source is to be trusted, take the link out in a copy and name that with path = "…"',
  });
}

/**
 * Walks over a tree on disk and makes sure that everything in it is a file, a folder or a link that stays inside,
 * and that it is not larger than allowed.
 *
 * @throws {UserError} that names the first thing that does not belong there.
 */
export async function assertTreeInside(root: string, origin: string, limits: Limits): Promise<void> {
  const links = new Map<string, string>();
  let entries = 0;
  let bytes = 0;
  const walk = async (dir: string): Promise<void> => {
    for (const entry of await readdir(join(root, dir), { withFileTypes: true })) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      // Git's own files are not the source's, but nothing else may hide behind that name.
      if (entry.name === '.git' && entry.isDirectory()) continue;
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
  const link = linkToOutside(links);
  if (link !== undefined) throw outsideLinkError(link, origin);
}

export function tooMany(origin: string, limits: Limits): UserError {
  return new UserError(`${origin}: it holds more than ${limits.entries} files and folders`, {
    advice: 'that is more than any source needs; nothing of it was taken',
  });
}

export function tooLarge(origin: string, limits: Limits): UserError {
  return new UserError(`${origin}: it holds more than ${(limits.treeBytes / 1e9).toFixed(1)} GB`, {
    advice: 'that is more than any source needs; nothing of it was taken',
  });
}
