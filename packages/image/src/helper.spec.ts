import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ManifestNode, runWriter, type TooSmall, type Written } from './helper';
import { listRedoxfs } from './testing/list';
import { noise, withImageTool, withWorkspaces } from './testing/workspace';

const BLOCK = 4096;
const tool = withImageTool();
const workspace = withWorkspaces();
const UUID = '00000000-0000-8000-8000-000000000000';

/** A file of text; every other byte of it is random, so that it compresses to about the half, or not at all. */
function textFile(path: string, size: number, compresses: boolean): ManifestNode {
  const text = noise(size, size + 1)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, compresses ? 'x' : '!');
  const digest = createHash('blake2b512').update(text).digest('hex');
  return { path, kind: 'file', mode: 0o644, uid: 0, gid: 0, origin: '', content: [{ text }], digest };
}

const EFI_AND_BIOS = 1 << 21;
const slot = (firstLba: number, bytes: number) => ({ guid: UUID, firstLba, lastLba: firstLba + bytes / 512 - 1 });
const extentOf = (size: number) => ({ offset: EFI_AND_BIOS, size });

/** A disk whose RedoxFS has just this size. */
function write(root: string, size: number, nodes: readonly ManifestNode[]): Promise<Written | TooSmall> {
  const table = {
    guid: UUID,
    bios: { guid: UUID, firstLba: 34, lastLba: 2047 },
    efi: slot(2048, 1 << 20),
    efiSerial: 1,
    efiLoader: { name: 'BOOTAA64.EFI', source: join(root, 'boot.efi') },
    redox: slot(4096, size),
  };
  return runWriter(tool(), {
    disk: join(root, `${size}.img`),
    size: EFI_AND_BIOS + size + (1 << 20),
    time: 0,
    table,
    redoxfs: { ...extentOf(size), uuid: UUID, nodes },
  });
}

const SIZES = [0, 100, 3967, 3968, 5000, 70_000, 131_072, 140_000, 600_000];
const trees = fc
  .array(fc.tuple(fc.constantFrom(...SIZES), fc.boolean(), fc.integer({ min: 1, max: 200 })), { maxLength: 60 })
  .map((files) => {
    const folders = [0, 1, 2].map((index): ManifestNode => ({
      path: `d${index}`,
      kind: 'directory',
      mode: 0o755,
      uid: 0,
      gid: 0,
      origin: '',
    }));
    return [
      ...folders,
      ...files.map(([size, compresses, length], index) =>
        textFile(`d${index % 3}/${String(index).padEnd(length, 'n')}`, size, compresses),
      ),
    ];
  });

describe('what a RedoxFS needs', () => {
  it('is said to the block: with it the files fit, with a block less nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (nodes) => {
        const root = workspace();
        const least = 260 * BLOCK;
        const first = await write(root, least, nodes);
        if (!('need' in first)) return;
        expect(first).toMatchObject({ part: 'redoxfs', room: least });
        expect(first.need).toBeGreaterThan(least);
        expect(await write(root, first.need - BLOCK, nodes)).toMatchObject({ need: first.need });
        expect(readdirSync(root).filter((name) => /img|scratch/.test(name))).toEqual([]);
        expect(await write(root, first.need, nodes)).toMatchObject({ redoxfs: { size: first.need } });
        const listed = await listRedoxfs(tool(), {
          disk: join(root, `${first.need}.img`),
          ...extentOf(first.need),
        });
        expect(listed.nodes.length).toBe(nodes.length);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

describe('the helper', () => {
  it('fails if a file is not what the caller read', async () => {
    const node = textFile('a', 100, true);
    await expect(write(workspace(), 1 << 21, [{ ...node, digest: '00' }])).rejects.toThrow(
      /a: its source was changed meanwhile/,
    );
  });

  it('never takes the place of a file', async () => {
    const root = workspace();
    writeFileSync(join(root, '2097152.img'), 'mine');
    await expect(write(root, 1 << 21, [])).rejects.toThrow(/File exists/);
    expect(readFileSync(join(root, '2097152.img'), 'utf8')).toBe('mine');
  });

  it('refuses damaged file systems', async () => {
    const root = workspace();
    await write(root, 1 << 21, [textFile('a', 70_000, true)]);
    const disk = join(root, '2097152.img');
    const bytes = readFileSync(disk);
    const list = () => listRedoxfs(tool(), { disk, ...extentOf(1 << 21) });
    expect((await list()).nodes.length).toBe(1);
    for (const at of [100, 258 * BLOCK]) {
      const copy = Buffer.from(bytes);
      for (let place = EFI_AND_BIOS + at; place < copy.length; place += BLOCK) copy[place] = copy[place]! ^ 1;
      writeFileSync(disk, copy);
      await expect(list()).rejects.toThrow(/RedoxFS cannot be read/);
    }
    writeFileSync(disk, bytes.subarray(0, EFI_AND_BIOS + 5000));
    await expect(list()).rejects.toThrow(/RedoxFS cannot be read/);
    expect(existsSync(disk)).toBe(true);
  });
});
