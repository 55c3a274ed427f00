import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDisk, type DiskOptions } from './disk';
import diskExecutor from './executors/disk/disk.impl';
import { readablePart, withReadableFile } from './read-at';
import { readFat } from './read-fat';
import { readPartitionTable } from './read-gpt';
import { listRedoxfs, type RedoxfsNode } from './redoxfs';
import { bootableWorkspace, efiFile, elfFile, writeTree } from './testing/boot-parts';
import { redoxfsTool } from './tool';
import { verifyDisk } from './verify';

const WORKSPACE = resolve(__dirname, '../../..');
const MIB = 2 ** 20;

let tool: string | undefined;
let noTool: string;
// Builds the program that writes RedoxFS, if this machine does not have it yet.
beforeAll(async () => {
  try {
    tool = await redoxfsTool(WORKSPACE);
  } catch (error) {
    noTool = `RedoxFS cannot be written on this machine: ${(error as Error).message}`;
    if (!/cannot be fetched|cannot run cargo/.test(noTool)) throw error;
  }
}, 240_000);

const folders: string[] = [];
function workspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'nx-redox-image-'));
  folders.push(root);
  bootableWorkspace(root);
  return root;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const options = (more: Partial<DiskOptions> = {}): DiskOptions => ({
  arch: 'aarch64',
  backend: 'cranelift',
  bootloader: 'boot.efi',
  files: [{ from: 'stage', to: '/' }],
  sizeMiB: 8,
  outputPath: 'dist/{arch}/{backend}/image',
  ...more,
});
const imageOf = (root: string) => join(root, 'dist/aarch64/cranelift/image/disk.img');
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('makeDisk', () => {
  beforeEach((context) => {
    if (!tool) context.skip(noTool);
  });

  it('writes a disk with boot loader, kernel and initfs, and says what is in it', async () => {
    const root = workspace();
    const record = await makeDisk(root, options({ budgetMiB: 4 }));
    expect(JSON.parse(readFileSync(join(root, 'dist/aarch64/cranelift/image/image.json'), 'utf8'))).toEqual(record);
    expect(readdirSync(join(root, 'dist/aarch64/cranelift/image'))).toEqual(['disk.img', 'image.json']);
    expect(record).toMatchObject({
      size: 8 * MIB,
      budget: { limit: 4 * MIB },
      bootLoader: { path: 'EFI/BOOT/BOOTAA64.EFI', size: 4096 },
      redoxfs: { kernel: 'usr/lib/boot/kernel', initfs: 'usr/lib/boot/initfs' },
      partitions: [
        { name: 'EFI', firstLba: 2048, lastLba: 4095, fileSystem: 'FAT12' },
        { name: 'REDOX', firstLba: 4096, lastLba: 7 * 2048 - 1, fileSystem: 'RedoxFS' },
      ],
    });
    // Nothing of this machine.
    expect(JSON.stringify(record)).not.toContain(root);
    expect(record.budget.used).toBe(record.partitions[0]!.used + record.partitions[1]!.used);

    const { table, files } = withReadableFile(imageOf(root), (disk) => ({
      table: readPartitionTable(disk),
      files: readFat(readablePart(disk, MIB, MIB)).entries.filter(({ kind }) => kind === 'file'),
    }));
    expect(table.guid).toBe(record.guid);
    expect(files.map(({ path, content }) => [path, content.equals(efiFile('aarch64'))])).toEqual([
      ['EFI/BOOT/BOOTAA64.EFI', true],
    ]);
    const listing = await listRedoxfs(tool!, { disk: imageOf(root), offset: 2 * MIB, size: 5 * MIB });
    expect(listing.uuid).toBe(record.redoxfs.uuid.replaceAll('-', ''));
    expect(listing.nodes.map(({ path }) => path)).toEqual([
      'usr',
      'usr/lib',
      'usr/lib/boot',
      'usr/lib/boot/initfs',
      'usr/lib/boot/kernel',
    ]);
    expect(listing.nodes[4]).toMatchObject({
      mode: 0o755,
      digest: createHash('blake2b512').update(elfFile('aarch64')).digest('hex'),
    });
  });

  it('leaves room for a boot loader for BIOS where the installer puts it, and keeps its code in sector 0', async () => {
    const root = workspace();
    const loader = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));
    writeFileSync(join(root, 'boot.bios'), loader);
    const record = await makeDisk(root, options({ bios: { file: 'boot.bios' } }));
    expect(record.partitions.map(({ name, firstLba, lastLba }) => [name, firstLba, lastLba])).toEqual([
      ['BIOS', 34, 2047],
      ['EFI', 2048, 4095],
      ['REDOX', 4096, 7 * 2048 - 1],
    ]);
    const disk = readFileSync(imageOf(root));
    expect(disk.subarray(0, 446)).toEqual(loader.subarray(0, 446));
    expect(disk.subarray(510, 512)).toEqual(Buffer.from([0x55, 0xaa]));
    expect(disk.subarray(34 * 512, loader.length)).toEqual(loader.subarray(34 * 512));
    expect((await makeDisk(root, options({ bios: {} }))).partitions[0]).toMatchObject({ name: 'BIOS', used: 0 });
  });

  it('gives the same bytes for the same files, in another folder and at another time, and others for others', async () => {
    const [one, two] = [workspace(), workspace()];
    utimesSync(join(two, 'stage/usr/lib/boot/kernel'), 1, 1);
    await makeDisk(one, options());
    await new Promise((done) => setTimeout(done, 1100));
    await makeDisk(two, options({ files: [{ from: './stage/usr/', to: 'usr' }] }));
    expect(sha256(imageOf(two))).toBe(sha256(imageOf(one)));
    const before = readFileSync(imageOf(one));

    writeFileSync(join(one, 'stage/usr/lib/boot/initfs'), `RedoxFtw${'y'.repeat(5000)}`);
    await makeDisk(one, options());
    const after = readFileSync(imageOf(one));
    // The disk's GUID, and the UUID in the header of RedoxFS.
    expect(after.subarray(512 + 56, 512 + 72)).not.toEqual(before.subarray(512 + 56, 512 + 72));
    expect(after.subarray(2 * MIB + 16, 2 * MIB + 32)).not.toEqual(before.subarray(2 * MIB + 16, 2 * MIB + 32));
    // One header, the rest of the ring is empty.
    expect(after.toString('latin1', 2 * MIB, 2 * MIB + 7)).toBe('RedoxFS');
    expect(after.subarray(2 * MIB + 4096, 3 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  it('takes the time from SOURCE_DATE_EPOCH', async () => {
    const root = workspace();
    const before = process.env['SOURCE_DATE_EPOCH'];
    try {
      process.env['SOURCE_DATE_EPOCH'] = '1774958096';
      expect(await makeDisk(root, options())).toMatchObject({ time: 1774958096 });
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(1774958096n);
      expect(readFileSync(imageOf(root)).indexOf(bytes, 2 * MIB)).toBeGreaterThan(0);
      process.env['SOURCE_DATE_EPOCH'] = 'now';
      await expect(makeDisk(root, options())).rejects.toThrow(/SOURCE_DATE_EPOCH is "now"/);
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
        const record = await makeDisk(
          root,
          options({
            sizeMiB: 24,
            files: [
              { from: 'stage', to: '/' },
              { from: 'more', to: 'm', uid: 7, gid: 8 },
            ],
          }),
        );
        const system = record.partitions[1]!;
        const { nodes } = await listRedoxfs(tool!, { disk: imageOf(root), offset: 2 * MIB, size: system.size });
        const byPath = new Map<string, RedoxfsNode>(nodes.map((node) => [node.path, node]));
        for (const path of paths) {
          expect(byPath.get(`m/${path}`)).toMatchObject({
            uid: 7,
            gid: 8,
            digest: createHash('blake2b512').update(content(path)).digest('hex'),
          });
        }
        expect(byPath.get('m/empty/link')).toMatchObject({ kind: 'link', target: '../nowhere' });
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('leaves the old image alone when the files do not fit, or exceed the budget', async () => {
    const root = workspace();
    await makeDisk(root, options());
    const before = sha256(imageOf(root));
    // What does not compress.
    const noise = Buffer.alloc(6 * MIB);
    let state = 1;
    for (let at = 0; at < noise.length; at++) noise[at] = (state = Math.imul(state, 1103515245) + 12345) >>> 16;
    writeTree(root, { 'stage/noise': noise });
    await expect(makeDisk(root, options())).rejects.toThrow(/do not fit into a RedoxFS of 5.0 MiB/);
    await expect(makeDisk(root, options({ sizeMiB: 16, budgetMiB: 5 }))).rejects.toMatchObject({
      message: expect.stringMatching(/uses \d.\d MiB, its budget is 5.0 MiB/),
      advice: [expect.stringContaining('noise (6.0 MiB)'), 'or raise budgetMiB'],
    });
    expect(sha256(imageOf(root))).toBe(before);
    expect(readdirSync(join(root, 'dist/aarch64/cranelift/image'))).toEqual(['disk.img', 'image.json']);
  });

  it('puts RedoxFS after a larger EFI system partition', async () => {
    const root = workspace();
    writeFileSync(join(root, 'boot.efi'), efiFile('aarch64', 1500 * 1024));
    await expect(makeDisk(root, options())).rejects.toMatchObject({ advice: [expect.stringContaining('espMiB to 2')] });
    const { partitions } = await makeDisk(root, options({ espMiB: 2 }));
    expect(partitions[1]).toMatchObject({ firstLba: 3 * 2048, size: 4 * MIB });
  });

  it('finds every change of a written image', async () => {
    const root = workspace();
    const { guid, partitions, redoxfs } = await makeDisk(root, options());
    const expected = {
      table: {
        sectors: 16384,
        guid,
        partitions: partitions.map(({ name, type, guid: own, firstLba, lastLba }) => ({
          name,
          type,
          guid: own,
          firstLba,
          lastLba,
        })),
      },
      bootLoader: { path: 'EFI/BOOT/BOOTAA64.EFI', content: efiFile('aarch64') },
      uuid: redoxfs.uuid,
      nodes: redoxfs.files.map(({ mode, blake2b, ...node }) => ({
        ...node,
        mode: Number.parseInt(mode, 8),
        digest: blake2b,
        origin: '',
      })),
    };
    await verifyDisk(imageOf(root), tool!, expected);
    const bytes = readFileSync(imageOf(root));
    const changed = async (at: number, more = expected) => {
      const copy = Buffer.from(bytes);
      copy[at] = copy[at]! ^ 1;
      writeFileSync(join(root, 'changed.img'), copy);
      await verifyDisk(join(root, 'changed.img'), tool!, more);
    };
    await expect(changed(512 + 56)).rejects.toThrow(/partition table: wrong checksum/);
    await expect(changed(bytes.length - 512)).rejects.toThrow(/partition table: no GPT header/);
    await expect(changed(MIB + 512)).rejects.toThrow(/EFI system partition: the copies of the FAT differ/);
    const loader = bytes.indexOf(efiFile('aarch64').subarray(512, 1024), MIB);
    await expect(changed(loader)).rejects.toThrow(/BOOTAA64.EFI has other bytes/);
    await expect(changed(2 * MIB + 100)).rejects.toThrow(/RedoxFS cannot be read/);
    // The kernel is compressed; its length is the first thing in its block.
    const kernel = bytes.indexOf('kernel', 3 * MIB);
    await expect(changed(kernel)).rejects.toThrow(/RedoxFS cannot be read/);
    const [first, ...rest] = expected.nodes;
    await expect(changed(0, { ...expected, nodes: rest })).rejects.toThrow(/usr is in RedoxFS, but nobody/);
    const other = { ...first!, mode: 0o700 };
    await expect(changed(0, { ...expected, nodes: [other, ...rest] })).rejects.toThrow(/usr: read folder, mode 755/);
    const more = { ...first!, path: 'zzz' };
    await expect(changed(0, { ...expected, nodes: [...expected.nodes, more] })).rejects.toThrow(
      /zzz is not in RedoxFS/,
    );
  });

  it('runs as an executor', async () => {
    const root = workspace();
    const context = { root } as ExecutorContext;
    expect(await diskExecutor(options(), context)).toEqual({ success: true });
    expect(await diskExecutor(options({ bootloader: 'none.efi' }), context)).toEqual({ success: false });
  });
});

describe('makeDisk refuses', () => {
  const refused = (root: string, more: Partial<DiskOptions>) => expect(makeDisk(root, options(more))).rejects;

  it('a boot loader that firmware would not start', async () => {
    const root = workspace();
    writeTree(root, {
      'dist/x86_64/llvm/x.efi': efiFile('x86_64'),
      'text.efi': 'text',
      'cut.efi': efiFile('aarch64').subarray(0, 80),
    });
    await refused(root, { bootloader: 'none.efi' }).toThrow(/boot loader is missing/);
    await refused(root, { bootloader: 'stage' }).toThrow(/boot loader is not a file/);
    await refused(root, { bootloader: 'text.efi' }).toThrow(/not a PE file/);
    await refused(root, { bootloader: 'cut.efi' }).toThrow(/outside the file/);
    await refused(root, { bootloader: 'dist/x86_64/llvm/x.efi' }).toThrow(/it is for x86_64, not for aarch64/);
    await refused(root, { bootloader: 'stage/usr/lib/boot/kernel' }).toThrow(/not a PE file/);
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
    await refused(root, {
      files: [
        { from: `${boot}/kernel`, to: 'boot/kernel' },
        { link: '../initfs', to: 'boot/initfs' },
      ],
    }).toThrow(/boot\/initfs is a link/);
  });

  it('a disk that is too small for anything', async () => {
    await refused(workspace(), { sizeMiB: 4 }).toMatchObject({ advice: ['set sizeMiB to 5 or more'] });
    await refused(workspace(), { sizeMiB: 64, espMiB: 61 }).toThrow(/no room for an EFI system partition of 61 MiB/);
  });
});
