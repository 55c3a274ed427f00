import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { readTar } from '@nx-redox/kit/archive';

/** Bytes that one task's outputs may have, unpacked. */
const MAX_BYTES = 64 * 2 ** 30;

/**
 * Makes sure that a file is the archive of a task's result, whole, as Nx 20.8 to 23 write it: a gzipped tar with the
 * outputs, `terminalOutput` and `code`. Gzip's checksum tells of each changed byte.
 *
 * @throws {Error} saying what is wrong.
 */
export async function requireResultArchive(file: string): Promise<void> {
  const names = new Set<string>();
  let bytes = 0;
  const tar = new PassThrough();
  const unpacking = pipeline(createReadStream(file), createGunzip(), tar);
  // Whoever reads the other end sees the same error.
  unpacking.catch((error: Error) => tar.destroy(error));
  for await (const { name, kind, what, size } of readTar(tar)) {
    if (kind === 'other') throw new Error(`${JSON.stringify(name)} is a ${what}`);
    if (name.startsWith('/') || name.split('/').includes('..'))
      throw new Error(`${JSON.stringify(name)} leads out of it`);
    bytes += size;
    if (bytes > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES / 2 ** 30} GiB`);
    names.add(name.replace(/^\.\//, ''));
  }
  tar.resume();
  await unpacking;
  for (const name of ['code', 'terminalOutput']) if (!names.has(name)) throw new Error(`it has no ${name}`);
}
