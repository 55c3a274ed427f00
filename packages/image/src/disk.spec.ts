import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import diskExecutor from './executors/disk/disk.impl';
import { listRedoxfs, type RedoxfsNode } from './testing/list';
import { type DiskRequest, writeDisk } from './disk';
import type { DiskExecutorOptions } from './executors/disk/options';
import type { ImageRecord } from './record';
import { requestOf } from './request';
import { efiFile, elfFile, writeTree } from './testing/boot-parts';
import { noise, withImageTool, withWorkspaces } from './testing/workspace';

const MIB = 2 ** 20;
const tool = withImageTool();
const workspace = withWorkspaces();

const options = (more: Partial<DiskExecutorOptions> = {}): DiskExecutorOptions => ({
  arch: 'aarch64',
  backend: 'cranelift',
  bootloader: 'boot.efi',
  files: [{ from: 'stage', to: '/' }],
  sizeMiB: 8,
  outputPath: 'dist/{arch}/{backend}/image',
  ...more,
});
const makeDisk = (root: string, more: Partial<DiskExecutorOptions> = {}, request: Partial<DiskRequest> = {}) =>
  writeDisk(root, { ...requestOf(root, options(more)), ...request });
const imageOf = (root: string) => join(root, 'dist/aarch64/cranelift/image/disk.img');
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const blake2b = (bytes: Uint8Array | string) => createHash('blake2b512').update(bytes).digest('hex');

function listing(root: string, { partitions }: ImageRecord) {
  const { firstLba, size } = partitions.find(({ name }) => name === 'REDOX')!;
  return listRedoxfs(tool(), { disk: imageOf(root), offset: firstLba * 512, size });
}

describe('writeDisk', () => {
  it('writes a disk with boot loader, kernel and initfs, and says what is in it', async () => {
    const root = workspace();
    const record = await makeDisk(root, { budgetMiB: 4 });
    expect(JSON.parse(readFileSync(join(root, 'dist/aarch64/cranelift/image/image.json'), 'utf8'))).toEqual(record);
    expect(readdirSync(join(root, 'dist/aarch64/cranelift/image'))).toEqual([
      'artifact.json',
      'disk.img',
      'image.json',
    ]);
    expect(record).toMatchObject({
      size: 8 * MIB,
      budget: { limit: 4 * MIB },
      bootLoader: { path: 'EFI/BOOT/BOOTAA64.EFI', size: 4096 },
      redoxfs: { kernel: 'usr/lib/boot/kernel', initfs: 'usr/lib/boot/initfs' },
      partitions: [
        { name: 'BIOS', firstLba: 34, lastLba: 2047, fileSystem: 'none', used: 0 },
        { name: 'EFI', firstLba: 2048, lastLba: 4095, fileSystem: 'FAT12' },
        { name: 'REDOX', firstLba: 4096, lastLba: 7 * 2048 - 1, fileSystem: 'RedoxFS' },
      ],
    });
    // Nothing of this machine.
    expect(JSON.stringify(record)).not.toContain(root);
    expect(record.budget.used).toBe(record.partitions[1]!.used + record.partitions[2]!.used);

    const { uuid, size, nodes } = await listing(root, record);
    expect({ uuid, size }).toEqual({ uuid: record.redoxfs.uuid, size: 5 * MIB });
    expect(nodes.map(({ path }) => path)).toEqual([
      'usr',
      'usr/lib',
      'usr/lib/boot',
      'usr/lib/boot/initfs',
      'usr/lib/boot/kernel',
    ]);
    expect(nodes[4]).toMatchObject({ mode: 0o755, digest: blake2b(elfFile('aarch64')) });
  });

  it('gives the same bytes for the same files, in another folder and at another time, and others for others', async () => {
    const [one, two] = [workspace(), workspace()];
    utimesSync(join(two, 'stage/usr/lib/boot/kernel'), 1, 1);
    await makeDisk(one);
    // FAT counts in two seconds.
    await new Promise((done) => setTimeout(done, 2100));
    await makeDisk(two, { files: [{ from: './stage/usr/', to: 'usr' }] });
    expect(sha256(imageOf(two))).toBe(sha256(imageOf(one)));
    const before = readFileSync(imageOf(one));

    writeFileSync(join(one, 'stage/usr/lib/boot/initfs'), `RedoxFtw${'y'.repeat(5000)}`);
    await makeDisk(one);
    const after = readFileSync(imageOf(one));
    // The disk's GUID, the serial number of FAT, and the UUID in the header of RedoxFS.
    for (const [from, to] of [
      [512 + 56, 512 + 72],
      [MIB + 0x27, MIB + 0x2b],
      [2 * MIB + 16, 2 * MIB + 32],
    ]) {
      expect(after.subarray(from, to)).not.toEqual(before.subarray(from, to));
    }
    // One header, the rest of the ring is empty.
    expect(after.toString('latin1', 2 * MIB, 2 * MIB + 7)).toBe('RedoxFS');
    expect(after.subarray(2 * MIB + 4096, 3 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  it('takes the time from SOURCE_DATE_EPOCH', async () => {
    const root = workspace();
    const before = process.env['SOURCE_DATE_EPOCH'];
    try {
      process.env['SOURCE_DATE_EPOCH'] = '1774958096';
      const record = await makeDisk(root);
      expect(record).toMatchObject({ time: 1774958096 });
      expect(new Set((await listing(root, record)).nodes.map(({ mtime }) => mtime))).toEqual(new Set([1774958096]));
      process.env['SOURCE_DATE_EPOCH'] = 'now';
      await expect(makeDisk(root)).rejects.toThrow(/SOURCE_DATE_EPOCH is "now"/);
    } finally {
      if (before === undefined) delete process.env['SOURCE_DATE_EPOCH'];
      else process.env['SOURCE_DATE_EPOCH'] = before;
    }
  });

  it('holds any tree', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !/[/:\0\ufffd]|^\.\.?$/u.test(text) && Buffer.from(text).toString() === text);
    const files = fc.dictionary(
      fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      // Inline, in one block, compressed, in several records.
      fc.tuple(fc.constantFrom(0, 1, 100, 4096, 70_000, 300_000), fc.integer({ min: 1, max: 255 })),
      { maxKeys: 25, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(files, async (tree) => {
        const root = workspace();
        const paths = Object.keys(tree).filter(
          (path) => !Object.keys(tree).some((other) => other.startsWith(`${path}/`)),
        );
        const content = (path: string) => {
          const [size, factor] = tree[path]!;
          return Buffer.from(Array.from({ length: size }, (_, i) => (i * factor * (i >> 8)) & 0xff));
        };
        writeTree(join(root, 'more'), Object.fromEntries(paths.map((path) => [path, content(path)])));
        writeTree(root, { 'more/empty/x': '' });
        symlinkSync('../nowhere', join(root, 'more/empty/link'));
        const record = await makeDisk(root, {
          sizeMiB: 24,
          files: [
            { from: 'stage', to: '/' },
            { from: 'more', to: 'm' },
          ],
        });
        const { nodes } = await listing(root, record);
        const byPath = new Map<string, RedoxfsNode>(nodes.map((node) => [node.path, node]));
        for (const path of paths) {
          expect(byPath.get(`m/${path}`)).toMatchObject({ uid: 0, gid: 0, digest: blake2b(content(path)) });
        }
        expect(byPath.get('m/empty/link')).toMatchObject({ kind: 'symlink', target: '../nowhere' });
        expect(nodes.length).toBe(record.redoxfs.files.length);
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('leaves the old image alone when the files do not fit, or exceed the budget', async () => {
    const root = workspace();
    await makeDisk(root);
    const before = sha256(imageOf(root));
    writeTree(root, { 'stage/noise': noise(6 * MIB) });
    await expect(makeDisk(root)).rejects.toMatchObject({
      message: expect.stringMatching(
        /a disk of 8 MiB is 2\.\d MiB too small for its 6 files: they need a RedoxFS of 7\.\d MiB, it has room for one of 5.0 MiB/,
      ),
      advice: ['set sizeMiB to 11 or more', expect.stringContaining('noise (6.0 MiB)')],
    });
    await expect(makeDisk(root, { sizeMiB: 16, budgetMiB: 5 })).rejects.toMatchObject({
      // It was there before and is larger now: by how much, and which file it is.
      message: expect.stringMatching(
        /^the image has \d+ bytes, \d+ more than its budget of 5242880\nwhat grew since the last build, which has \d+ bytes:\n[^]*^ *6291456 .*noise$/m,
      ),
      advice: [expect.stringContaining('noise (6.0 MiB)'), 'make it smaller, or raise the budget'],
    });
    expect(sha256(imageOf(root))).toBe(before);
    expect(readdirSync(join(root, 'dist/aarch64/cranelift/image'))).toEqual([
      'artifact.json',
      'disk.img',
      'image.json',
    ]);
    // As it said.
    await makeDisk(root, { sizeMiB: 11 });
    await expect(makeDisk(root, { sizeMiB: 10 })).rejects.toThrow(/too small/);
  });

  it('puts RedoxFS after a larger EFI system partition', async () => {
    const root = workspace();
    writeFileSync(join(root, 'boot.efi'), efiFile('aarch64', 1500 * 1024));
    await expect(makeDisk(root)).rejects.toMatchObject({
      message: expect.stringMatching(/EFI system partition of 1 MiB is \d+ KiB too small for the boot loader/),
      advice: ['set efiMiB to 2 or more'],
    });
    const { partitions } = await makeDisk(root, {}, { efiMiB: 2 });
    expect(partitions[2]).toMatchObject({ firstLba: 3 * 2048, size: 4 * MIB });
  });

  it('runs as an executor', async () => {
    const root = workspace();
    const context = { root } as ExecutorContext;
    expect(await diskExecutor(options(), context)).toEqual({ success: true });
    expect(await diskExecutor(options({ bootloader: 'none.efi' }), context)).toEqual({ success: false });
  });
});

describe('writeDisk refuses', () => {
  const refused = (root: string, more: Partial<DiskExecutorOptions>, request: Partial<DiskRequest> = {}) =>
    expect((async () => makeDisk(root, more, request))()).rejects;

  it('a boot loader that firmware would not start', async () => {
    const root = workspace();
    writeTree(root, {
      'dist/x86_64/llvm/x.efi': efiFile('x86_64'),
      'text.efi': 'text',
      'cut.efi': efiFile('aarch64').subarray(0, 80),
      'boot.bios': Buffer.alloc(MIB + 1),
    });
    await refused(root, { bootloader: 'none.efi' }).toThrow(/boot loader is missing/);
    await refused(root, { bootloader: 'stage' }).toThrow(/boot loader is not a file/);
    await refused(root, { bootloader: 'text.efi' }).toThrow(/not a PE file/);
    await refused(root, { bootloader: 'cut.efi' }).toThrow(/outside the file/);
    await refused(root, { bootloader: 'dist/x86_64/llvm/x.efi' }).toThrow(/it is for x86_64, not for aarch64/);
    await refused(root, { bootloader: 'stage/usr/lib/boot/kernel' }).toThrow(/not a PE file/);
    await refused(root, {}, { bootloader: { efi: 'boot.efi', bios: 'none.bios' } }).toThrow(
      /boot loader for BIOS is missing/,
    );
    await refused(root, {}, { bootloader: { efi: 'boot.efi', bios: 'boot.bios' } }).toThrow(
      /boot loader for BIOS has 1.0 MiB, there is 1 MiB for it/,
    );
    expect(existsSync(join(root, 'dist/aarch64'))).toBe(false);
  });

  it('a kernel or an initfs that the boot loader would not find or take', async () => {
    const root = workspace();
    const boot = 'stage/usr/lib/boot';
    writeTree(root, { x86: elfFile('x86_64'), text: 'text' });
    const files = (kernel: string, initfs?: string, folder = 'usr/lib/boot') => ({
      files: [{ from: kernel, to: `${folder}/kernel` }, ...(initfs ? [{ from: initfs, to: `${folder}/initfs` }] : [])],
    });
    await refused(root, { files: [{ from: 'text', to: 'etc/text' }] }).toThrow(/has no kernel/);
    await refused(root, files(`${boot}/kernel`)).toThrow(/has no usr\/lib\/boot\/initfs/);
    await refused(root, files('text', `${boot}/initfs`)).toThrow(/not an ELF file/);
    await refused(root, files('x86', `${boot}/initfs`)).toThrow(/kernel is for x86_64, the image for aarch64/);
    await refused(root, files(`${boot}/kernel`, 'text', 'boot')).toThrow(/boot\/initfs is no initfs/);
    writeTree(root, { 'boot/kernel': elfFile('aarch64') });
    symlinkSync('../initfs', join(root, 'boot/initfs'));
    await refused(root, { files: [{ from: 'boot', to: 'boot' }] }).toThrow(/boot\/initfs is a symlink/);
  });

  it('a disk that is too small for anything', async () => {
    await refused(workspace(), { sizeMiB: 4 }).toMatchObject({ advice: ['set sizeMiB to 5 or more'] });
    await refused(workspace(), { sizeMiB: 64 }, { efiMiB: 61 }).toThrow(
      /no room for an EFI system partition of 61 MiB/,
    );
  });
});
