import { hash, randomBytes } from 'node:crypto';
import { readlinkSync, renameSync, rmSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from './exchange';
import { UserError } from './user-error';

/** Names of what is not finished: `.<name>.<pid>.<4 digits for the machine><4 that differ>`. */
const UNFINISHED = /^\..+\.(\d+)\.([0-9a-f]{4})[0-9a-f]{4}$/;
/** What another machine or container left is nobody's after so long, in milliseconds. */
const FOREIGN_MS = 24 * 3600 * 1000;
const MAX_TRIES = 200;

let place: string | undefined;
let count = randomBytes(2).readUInt16LE();

/** Stands for this machine and process namespace: a pid says nothing elsewhere. */
function placeTag(): string {
  if (place === undefined) {
    let namespace = '';
    try {
      namespace = readlinkSync('/proc/self/ns/pid');
    } catch {
      // Not Linux: there is one namespace.
    }
    place = hash('sha256', `${hostname()} ${namespace}`, 'hex').slice(0, 4);
  }
  return place;
}

function siblingName(path: string): string {
  count = (count + 1) & 0xffff;
  const differing = count.toString(16).padStart(4, '0');
  return join(dirname(path), `.${basename(path)}.${process.pid}.${placeTag()}${differing}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Folders that this process has swept. */
const swept = new Set<string>();

/** Removes what killed processes left unfinished in a folder, once for each folder. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const [, pid, tag] = UNFINISHED.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    if (tag === placeTag()) {
      if (isAlive(Number(pid))) continue;
    } else {
      const found = await lstat(path).catch(() => undefined);
      if (found === undefined || Date.now() - found.mtimeMs < FOREIGN_MS) continue;
    }
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Calls `write` with the name of a new file beside `path` and renames that file to `path` when it returns,
 * so that `path` is either the old file or the whole new one. Parent directories are made.
 */
export async function createFileWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const temporary = siblingName(path);
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a file that appears whole or not at all (see {@link createFileWhole}). */
export async function writeFileWhole(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await createFileWhole(path, async (temporary) => {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/**
 * Fills a new directory beside `dir` and puts it in the place of `dir` when `fill` returns. Readers find the old one or
 * the new one (where the system cannot exchange folders: or for an instant none); of two that do this at once the last
 * one stays. If `fill` throws, or the new one cannot take the place, `dir` stays as it was.
 */
export async function replaceDirectory(dir: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  await sweep(dirname(dir));
  const temporary = siblingName(dir);
  try {
    await mkdir(temporary);
    await fill(temporary);
    await putInPlace(temporary, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Moves a folder to `dir`. What was there lies in `temporary` afterwards, or is removed. */
async function putInPlace(temporary: string, dir: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      // rename(2) replaces only an empty directory.
      await rename(temporary, dir);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') || tries > MAX_TRIES) throw error;
    }
    if ((await exchange(temporary, dir)) || replaceInTwoSteps(temporary, dir)) return;
    // Somebody else was quicker: theirs is replaced like any other.
    await sleep(Math.random() * 10);
  }
}

/** At once, so that nobody finds no folder for longer than two system calls take. */
function replaceInTwoSteps(temporary: string, dir: string): boolean {
  const old = siblingName(dir);
  try {
    renameSync(dir, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  try {
    renameSync(temporary, dir);
  } catch (error) {
    try {
      renameSync(old, dir);
    } catch {
      // Another one is in its place already.
      rmSync(old, { recursive: true, force: true });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
  return true;
}

/**
 * Reads a file that somebody has named.
 *
 * @throws {UserError} if it cannot be read.
 */
export async function readNamedFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(code === 'ENOENT' ? 'the file does not exist' : `cannot be read: ${code}`, {
      file,
      cause: error,
    });
  }
}
