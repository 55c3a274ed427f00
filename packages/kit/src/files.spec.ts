import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileWhole, replaceDirectory, writeFileWhole } from './files';
import { blake3File, blake3Hex } from './hash';

describe('files that appear whole', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nx-redox-files-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('makes parents and replaces the old file', async () => {
    const path = join(dir, 'a/b/c.txt');
    await writeFileWhole(path, 'old');
    await writeFileWhole(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(dir, 'a/b'))).toEqual(['c.txt']);
  });

  it('keeps the old file and leaves nothing behind when writing fails', async () => {
    const path = join(dir, 'file');
    await writeFileWhole(path, 'old');
    const failing = createFileWhole(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['file']);
  });

  it('replaces a directory as a whole, or not at all', async () => {
    const target = join(dir, 'stage');
    await mkdir(target);
    await writeFile(join(target, 'stale'), '');
    await expect(
      replaceDirectory(target, async (temporary) => {
        await writeFile(join(temporary, 'half'), '');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await readdir(target)).toEqual(['stale']);
    await replaceDirectory(target, (temporary) => writeFile(join(temporary, 'fresh'), ''));
    expect(await readdir(target)).toEqual(['fresh']);
    expect(await readdir(dir)).toEqual(['stage']);
  });

  it('hashes a file as its bytes', async () => {
    await writeFile(join(dir, 'x'), 'abc');
    // Test vector of the BLAKE3 specification for "abc".
    expect(blake3Hex('abc')).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
    expect(await blake3File(join(dir, 'x'))).toBe(blake3Hex('abc'));
  });
});
