import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRedoxfs } from './testing/list';
import type { DiskNode } from './node';
import { type DiskRequest, writeDisk } from './disk';
import { writeTree } from './testing/boot-parts';
import { noise, withImageTool, withWorkspaces } from './testing/workspace';

const MIB = 2 ** 20;
const tool = withImageTool();
const workspace = withWorkspaces();
const base = { mode: 0o755, uid: 0, gid: 0, origin: 'package x' };
const folder = (path: string, more = {}): DiskNode => ({ ...base, path, kind: 'directory', ...more });
const file = (path: string, source: string, more = {}): DiskNode => ({
  ...base,
  path,
  kind: 'file',
  content: [{ source }],
  ...more,
});
const BOOT = [
  folder('usr'),
  folder('usr/lib'),
  folder('usr/lib/boot'),
  file('usr/lib/boot/kernel', 'stage/usr/lib/boot/kernel'),
  file('usr/lib/boot/initfs', 'stage/usr/lib/boot/initfs'),
];

function make(root: string, nodes: readonly DiskNode[], more: Partial<DiskRequest> = {}) {
  const bootloader = { efi: 'boot.efi' };
  return writeDisk(root, {
    arch: 'aarch64',
    backend: 'llvm',
    nodes,
    sizeMiB: 8,
    efiMiB: 1,
    bootloader,
    output: 'out',
    ...more,
  });
}

describe('a disk of given nodes', () => {
  it('has modes, owners, links and joined contents as the nodes say', async () => {
    const root = workspace();
    writeTree(root, { 'pkg/passwd': 'root;0;0\n' });
    await make(root, [
      ...BOOT,
      folder('home'),
      folder('home/user', { mode: 0o700, uid: 1000, gid: 1001 }),
      file('home/user/tool', 'pkg/passwd', { mode: 0o6711, uid: 1000, gid: 2 ** 32 - 1 }),
      { ...base, path: 'etc', kind: 'symlink', mode: 0o777, uid: 3, target: '/scheme/näh' },
      {
        ...base,
        path: 'passwd',
        kind: 'file',
        mode: 0o600,
        content: [{ text: '# ä\n' }, { source: 'pkg/passwd' }, { text: '' }, { text: 'user;1000;1000\n' }],
      },
    ]);
    const { nodes } = await listRedoxfs(tool(), { disk: join(root, 'out/disk.img'), offset: 2 * MIB, size: 5 * MIB });
    const shown = nodes.map(
      ({ path, kind, mode, uid, gid, size, target }) =>
        `${path} ${kind} ${mode.toString(8)} ${uid}:${gid} ${size ?? target ?? ''}`,
    );
    expect(shown).toEqual([
      'etc symlink 777 3:0 /scheme/näh',
      'home directory 755 0:0 ',
      'home/user directory 700 1000:1001 ',
      'home/user/tool file 6711 1000:4294967295 9',
      'passwd file 600 0:0 29',
      'usr directory 755 0:0 ',
      'usr/lib directory 755 0:0 ',
      'usr/lib/boot directory 755 0:0 ',
      'usr/lib/boot/initfs file 755 0:0 5008',
      'usr/lib/boot/kernel file 755 0:0 9000',
    ]);
    // Small files lie in their nodes, uncompressed.
    expect(readFileSync(join(root, 'out/disk.img')).includes('# ä\nroot;0;0\nuser;1000;1000\n')).toBe(true);
  });

  it('starts with the boot loader for BIOS, around the partition tables', async () => {
    const root = workspace();
    const loader = noise(40_000);
    writeFileSync(join(root, 'boot.bios'), loader);
    const record = await make(root, BOOT, { bootloader: { efi: 'boot.efi', bios: 'boot.bios' } });
    expect(record.partitions[0]).toMatchObject({ name: 'BIOS', used: 40_000 });
    const disk = readFileSync(join(root, 'out/disk.img'));
    expect(disk.subarray(0, 446).equals(loader.subarray(0, 446))).toBe(true);
    expect(disk.subarray(510, 520).toString('latin1')).toBe('\x55\xaaEFI PART');
    expect(disk.subarray(34 * 512, 40_000).equals(loader.subarray(34 * 512))).toBe(true);
  });

  it('holds thousands of files and a large one', async () => {
    const root = workspace();
    writeTree(root, { small: noise(700), large: noise(70 * MIB) });
    const many = Array.from({ length: 3000 }, (_, index) => file(`usr/f${index}`, 'small', { uid: index }));
    await make(root, [...BOOT, ...many, file('large', 'large')], { sizeMiB: 100 });
    const { nodes } = await listRedoxfs(tool(), { disk: join(root, 'out/disk.img'), offset: 2 * MIB, size: 97 * MIB });
    expect(nodes.length).toBe(3006);
    expect(nodes.find(({ path }) => path === 'usr/f2999')).toMatchObject({ uid: 2999, size: 700 });
  }, 120_000);

  it.each<[string, DiskNode[], RegExp]>([
    ['a place twice', [folder('a'), folder('a')], /two entries want the place a/],
    ['a node without its folder', [folder('a/b')], /the folder of a\/b is missing/],
    ['a node in a file', [file('a', 'boot.efi'), folder('a/b')], /a\/b cannot be in a, which is a file/],
    ['..', [folder('a'), folder('a/..')], /"\.\." cannot be a name in RedoxFS/],
    ['a slash at the start', [folder('/a')], /"" cannot be a name in RedoxFS: it is empty/],
    ['a mode with a type', [folder('a', { mode: 0o40755 })], /a cannot have mode 40755/],
    ['a negative owner', [folder('a', { uid: -1 })], /owner -1:0/],
    ['a missing source', [file('a', 'none')], /the source of a is missing/],
    ['a folder as source', [file('a', 'stage')], /what shall be a in the image is not a file/],
  ])('refuses %s', async (_, nodes, message) => {
    await expect(make(workspace(), [...BOOT, ...nodes])).rejects.toThrow(message);
  });
});
