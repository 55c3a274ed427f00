import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elfFile, writeTree } from './testing/boot-parts';
import { collectTree, type DiskEntry } from './tree';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-redox-image-'));
  writeTree(root, {
    'a/stage/usr/bin/one': elfFile('aarch64'),
    'a/stage/usr/share/text': 'text',
    'b/stage/usr/bin/two': '#!/bin/ion\n',
    'dist/aarch64/llvm/x': 'x',
  });
  chmodSync(join(root, 'b/stage/usr/bin/two'), 0o700);
  symlinkSync('one', join(root, 'a/stage/usr/bin/first'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const collect = (...entries: DiskEntry[]) => collectTree(root, entries, { arch: 'aarch64', backend: 'llvm' });
const shown = (...entries: DiskEntry[]) =>
  collect(...entries)
    .map(
      ({ path, mode, uid, gid, ...node }) =>
        `${path} ${mode.toString(8)} ${uid}:${gid}${node.kind === 'symlink' ? ` → ${node.target}` : ''}`,
    )
    .sort();

describe('collectTree', () => {
  it('merges folders, keeps links, and gives modes that do not depend on the umask', () => {
    expect(shown({ from: 'b/stage', to: '/' }, { from: 'a/stage/', to: '' })).toEqual([
      'usr 755 0:0',
      'usr/bin 755 0:0',
      'usr/bin/first 777 0:0 → one',
      'usr/bin/one 755 0:0',
      'usr/bin/two 755 0:0',
      'usr/share 755 0:0',
      'usr/share/text 644 0:0',
    ]);
  });

  it('places files, links and folders, with owners and modes', () => {
    expect(
      shown(
        { from: 'dist/{arch}/{backend}/x', to: '/etc/', mode: '0600' },
        { from: 'a/stage/usr/share', to: 'home/user', uid: 1000, gid: 1000, mode: '700' },
        { link: 'usr/bin', to: './bin' },
        { folder: true, to: 'tmp', mode: '1777' },
        { folder: true, to: 'other', arches: ['x86_64'] },
      ),
    ).toEqual([
      'bin 777 0:0 → usr/bin',
      'etc 755 0:0',
      'etc/x 600 0:0',
      'home 755 0:0',
      'home/user 700 1000:1000',
      'home/user/text 644 1000:1000',
      'tmp 1777 0:0',
    ]);
  });

  it('lets an entry say what a folder shall be that others only fill, whichever comes first', () => {
    const filled = { from: 'dist/aarch64/llvm/x', to: 'root/x' };
    const folder = { folder: true, to: 'root', mode: '700' };
    expect(shown(filled, folder)).toEqual(shown(folder, filled));
    expect(shown(folder, filled, folder)).toEqual(['root 700 0:0', 'root/x 644 0:0']);
  });

  it.each<[string, DiskEntry[], RegExp]>([
    ['..', [{ from: 'a/stage', to: 'usr/../../etc' }], /the place "usr\/\.\.\/\.\.\/etc" leaves the file system/],
    ['a file as root', [{ from: 'dist/aarch64/llvm/x', to: '.' }], /"\." is the root of the file system/],
    ['a missing file', [{ from: 'none', to: 'x', origin: 'system.toml:7' }], /x ← none \(system.toml:7\)/],
    ['no source', [{ to: 'x' }], /has none of "from", "link", "folder"/],
    ['two sources', [{ to: 'x', from: 'a', link: 'b' }], /has more than one of/],
    ['a mode of 9', [{ to: 'x', from: 'a/stage', mode: '799' }], /"799" is no mode/],
    ['a mode of a link', [{ to: 'x', link: 'a', mode: '755' }], /link x has a mode/],
    ['a colon', [{ to: 'usr/a:b', link: 'a' }], /"a:b" cannot be a name in RedoxFS: it contains a colon/],
    ['a long name', [{ to: 'ä'.repeat(127), link: 'a' }], /longer than 252 bytes/],
    ['an owner of the root', [{ to: '/', from: 'a/stage', uid: 1 }], /always root's/],
    [
      'one place twice',
      [
        { from: 'a/stage', to: '/' },
        { from: 'dist/aarch64/llvm/x', to: 'usr/bin/one' },
      ],
      /two entries want the place usr\/bin\/one/,
    ],
    [
      'a folder that is a link',
      [
        { link: 'usr/bin', to: 'bin' },
        { from: 'dist/aarch64/llvm/x', to: 'bin/x' },
      ],
      /bin\/x cannot be in bin, which is a symlink/,
    ],
    [
      'a link that is a folder',
      [
        { from: 'dist/aarch64/llvm/x', to: 'bin/x' },
        { link: 'usr/bin', to: 'bin' },
      ],
      /two entries want the place bin/,
    ],
    [
      'one folder with two owners',
      [
        { folder: true, to: 'home', uid: 1 },
        { folder: true, to: 'home', uid: 2 },
      ],
      /two entries want the place home/,
    ],
  ])('refuses %s', (_, entries, message) => {
    expect(() => collect(...entries)).toThrow(message);
  });

  it('names all that is missing, and who wants a place', () => {
    expect(() => collect({ from: 'one', to: 'a' }, { from: 'two', to: 'b' })).toThrow(/2 files.*a ← one\n.*b ← two/s);
    expect.assertions(2);
    try {
      collect(
        { from: 'a/stage/usr', to: 'x', origin: 'system.toml:3' },
        { link: 'y', to: 'x/bin', origin: 'system.toml:5' },
      );
    } catch (error) {
      expect((error as { advice: string[] }).advice.join('\n')).toMatch(
        /a\/stage\/usr\/bin.*system.toml:3[^]*system.toml:5/,
      );
    }
  });

  it('refuses what is neither file, folder nor link', async () => {
    mkdirSync(join(root, 'odd'));
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, 'odd/socket'), done));
    try {
      expect(() => collect({ from: 'odd', to: '/' })).toThrow(/odd\/socket is a device, socket or fifo/);
      expect(() => collect({ from: 'odd/socket', to: 's' })).toThrow(/odd\/socket is a device, socket or fifo/);
    } finally {
      server.close();
    }
  });
});
