import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AsBuilt } from './as-built';
import { blake3Hex, sha256File } from './hash';

let root: string;
const at = (path: string) => join(root, path);
async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}
const check = (path: string) => new AsBuilt(root).check(at(path));

const OUTPUT = 'dist/aarch64/cranelift/logd';
const PROGRAM = `${OUTPUT}/stage/usr/bin/logd`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-as-built-'));
  await put(PROGRAM, 'program');
  await record([{ path: 'usr/bin/logd', size: 7, blake3: blake3Hex('program') }]);
});
afterEach(() => rm(root, { recursive: true }));

const record = (files: unknown) => put(`${OUTPUT}/artifact.json`, JSON.stringify({ schema: 1, files }));

describe('a file that another task has made', () => {
  it('is taken if it is what the task has made', async () => {
    await check(PROGRAM);
    await put(`${OUTPUT}/disk.img`, 'disk');
    await record([{ path: 'disk.img', size: 4, sha256: await sha256File(at(`${OUTPUT}/disk.img`)) }]);
    await check(`${OUTPUT}/disk.img`);
  });

  it.each([PROGRAM, 'by-hand'])('gives its content to other hashes: %s', async (path) => {
    if (path !== PROGRAM) await put(path, 'program');
    const other = createHash('sha512');
    await new AsBuilt(root).check(at(path), other);
    expect(other.digest('hex')).toBe(createHash('sha512').update('program').digest('hex'));
  });

  it.each([
    ['has other bytes', () => put(PROGRAM, 'pr0gram'), /the content of this file is not what was built/],
    ['is cut off', () => put(PROGRAM, 'prog'), /has 4 bytes, but 7 were built/],
    ['is not in the record', () => record([]), /no build has made this file/],
    ['has no record', () => rm(at(`${OUTPUT}/artifact.json`)), /nobody knows whether the stage/],
    [
      'has a damaged record',
      () => put(`${OUTPUT}/artifact.json`, '{"files": [{'),
      /does not say what a build has made/,
    ],
    ['has a record of another kind', () => put(`${OUTPUT}/artifact.json`, '[]'), /does not say what a build has made/],
    ['has a record without digest', () => record([{ path: 'usr/bin/logd', size: 7 }]), /not what was built/],
  ])('is refused if it %s', async (_, damage, message) => {
    await damage();
    await expect(check(PROGRAM)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      file: expect.stringMatching(/^dist\/aarch64\/cranelift\/logd\//),
    });
  });

  it('is taken as it is if no task has made it', async () => {
    await put('recipes/mini/etc/init.rc', 'echo');
    await check('recipes/mini/etc/init.rc');
    await put('recipes/theatre/stage/lamp', 'on');
    await check('recipes/theatre/stage/lamp');
  });
});
