import { rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blake3File, redact, UserError, withMutex } from '@nx-redox/kit';
import { download, removePart } from '@nx-redox/kit/download';
import { mirroredUrl, waysOut } from './git';
import { storeKey } from './store';
import type { SourceTask } from './task';

/** An archive on this machine. */
export interface Archive {
  path: string;
  blake3: string;
}

/** Where a `tar` key points if it is a file of this machine; a plain path is relative to the recipe. */
function localArchive(url: string, recipeDir: string): string | undefined {
  if (/^file:/i.test(url)) {
    try {
      return fileURLToPath(url);
    } catch {
      throw new UserError(`${JSON.stringify(url)} is no valid file URL`, {
        advice: 'file:///absolute/path, or a path without file:',
      });
    }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return undefined;
  return isAbsolute(url) ? url : resolve(recipeDir, url);
}

/**
 * Finds or downloads an archive.
 *
 * @param expected its BLAKE3, if it is known; without it the server is asked for what it has now.
 * @throws {UserError} if it cannot be had, or has another hash; nothing is kept then that could be taken for it.
 */
export async function findArchive(
  task: SourceTask,
  url: string,
  recipeDir: string,
  expected: string | undefined,
): Promise<Archive> {
  const local = localArchive(url, recipeDir);
  if (local !== undefined) return localFile(local, url, expected);
  const stored = (hash: string) => join(task.store.archives, `${hash}.tar`);
  if (expected !== undefined && (await isWhole(stored(expected), expected)))
    return { path: stored(expected), blake3: expected };

  const base = join(task.store.archives, storeKey(url));
  return withMutex(`${base}.lock`, { signal: task.signal, waiting: task.log }, async () => {
    // Another task may have brought it while this one waited.
    if (expected !== undefined && (await isWhole(stored(expected), expected)))
      return { path: stored(expected), blake3: expected };
    const address = await mirroredUrl(task, url);
    const copy = localArchive(address, recipeDir);
    if (copy !== undefined) return localFile(copy, address, expected);
    if (task.offline) {
      throw new UserError(`offline: ${redact(url)} was not fetched before`, {
        advice: 'run the task once with a network; what it fetches is kept for all workspaces of this user',
      });
    }
    const part = `${base}.part`;
    await download(address, part, {
      limits: task.limits,
      log: task.log,
      signal: task.signal,
      pinned: expected !== undefined,
      advice: waysOut(url),
    });
    const hash = await blake3File(part);
    if (expected !== undefined && hash !== expected) {
      await removePart(part);
      throw wrongHash(url, hash, expected);
    }
    await rename(part, stored(hash));
    await removePart(part);
    return { path: stored(hash), blake3: hash };
  });
}

async function localFile(path: string, url: string, expected: string | undefined): Promise<Archive> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    throw new UserError(`the archive ${url} ${found === undefined ? 'does not exist' : 'is not a file'}`, {
      advice:
        'a path in [source] tar is relative to the folder of the recipe; git config --get-regexp insteadOf shows mirrors',
    });
  }
  const hash = await blake3File(path);
  if (expected !== undefined && hash !== expected) throw wrongHash(url, hash, expected);
  return { path, blake3: hash };
}

async function isWhole(path: string, expected: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false;
  if ((await blake3File(path)) === expected) return true;
  await rm(path, { force: true });
  return false;
}

function wrongHash(url: string, hash: string, expected: string): UserError {
  return new UserError(`the content of ${redact(url)} is not what it should be: BLAKE3 ${hash}, expected ${expected}`, {
    advice: [
      'if the server has another file under that name now: look what changed, then write the new hash to recipe.toml and run update-lock',
      'if it should be the old one, name a place that still has it',
    ],
  });
}
