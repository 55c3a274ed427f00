import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

function siblingName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/**
 * Calls `write` with the name of a new file beside `path` and renames that file to `path` when it returns,
 * so that `path` is either the old file or the whole new one. Parent directories are made.
 */
export async function createFileWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
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
 * Fills a new directory beside `dir` and puts it in the place of `dir` when `fill` returns.
 * If `fill` throws, `dir` stays as it was.
 */
export async function replaceDirectory(dir: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = siblingName(dir);
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    // rename(2) replaces only an empty directory, so the old one is moved aside first.
    const old = siblingName(dir);
    const hadOld = await rename(dir, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    await rename(temporary, dir);
    if (hadOld) {
      await rm(old, { recursive: true, force: true });
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
