import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTree } from './node';
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

  it('places a file by its path, or in a folder', () => {
    expect(
      shown({ from: 'dist/{arch}/{backend}/x', to: '/etc/' }, { from: 'dist/{arch}/{backend}/x', to: './etc/y' }),
    ).toEqual(['etc 755 0:0', 'etc/x 644 0:0', 'etc/y 644 0:0']);
  });

  it.each<[string, DiskEntry[], RegExp]>([
    ['..', [{ from: 'a/stage', to: 'usr/../../etc' }], /the place "usr\/\.\.\/\.\.\/etc" leaves the file system/],
    ['a file as root', [{ from: 'dist/aarch64/llvm/x', to: '.' }], /"\." is the root of the file system/],
    ['a missing file', [{ from: 'none', to: 'x' }], /x ← none/],
  ])('refuses %s', (_, entries, message) => {
    expect(() => collect(...entries)).toThrow(message);
  });

  it('names all that is missing', () => {
    expect(() => collect({ from: 'one', to: 'a' }, { from: 'two', to: 'b' })).toThrow(/2 files.*a ← one\n.*b ← two/s);
  });

  it.each<[string, () => void, DiskEntry[], RegExp]>([
    [
      'one place twice',
      () => undefined,
      [
        { from: 'a/stage', to: '/' },
        { from: 'dist/aarch64/llvm/x', to: 'usr/bin/one' },
      ],
      /two entries want the place usr\/bin\/one/,
    ],
    [
      'a folder that is a link',
      () => symlinkSync('usr/bin', join(root, 'b/stage/bin')),
      [
        { from: 'b/stage', to: '/' },
        { from: 'dist/aarch64/llvm/x', to: 'bin/x' },
      ],
      /two entries want the place bin/,
    ],
    [
      'a colon',
      () => undefined,
      [{ from: 'dist/aarch64/llvm/x', to: 'usr/a:b' }],
      /"a:b" cannot be a name in RedoxFS: it contains a colon/,
    ],
    ['a long name', () => undefined, [{ from: 'dist/aarch64/llvm/x', to: 'ä'.repeat(127) }], /longer than 252 bytes/],
  ])('leaves %s to the check of all nodes', (_, prepare, entries, message) => {
    prepare();
    const nodes = collect(...entries).toSorted((a, b) => (a.path < b.path ? -1 : 1));
    expect(() => checkTree(nodes)).toThrow(message);
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
