import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TreeLimits } from '../safe-tree';
import { findBadLink } from '../links';
import { formatError } from '../user-error';
import { unpackArchive, type UnpackOptions } from './unpack';

type Member = Partial<Header> & { name: string; content?: string };

const LIMITS: TreeLimits = { entries: 10_000, treeBytes: 1e9 };

/** The message of an error that a user would see. */
const failure = (promise: Promise<unknown>) => promise.then(() => 'no error', formatError);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nx-redox-archive-'));
  mkdirSync(join(dir, 'deep/er'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const stream = pack();
  for (const { content = '', ...header } of members) stream.entry(header as Header, content);
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks into `deep/er/tree`, so that ways out have somewhere to lead. */
async function unpack(bytes: Buffer, options: Partial<UnpackOptions> = {}): Promise<string> {
  writeFileSync(join(dir, 'deep/archive'), bytes);
  const tree = join(dir, 'deep/er/tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  await unpackArchive(join(dir, 'deep/archive'), tree, { origin: 'x.tar', limits: LIMITS, ...options });
  return tree;
}

const file = (name: string, content = 'x\n'): Member => ({ name, content });
const PLAIN = [file('pkg-1/a.txt', 'hello\n'), file('pkg-1/sub/b.txt', 'world\n')];

function expectPlain(tree: string): void {
  expect(readFileSync(join(tree, 'a.txt'), 'utf8')).toBe('hello\n');
  expect(readFileSync(join(tree, 'sub/b.txt'), 'utf8')).toBe('world\n');
}

/** An lzip file (format 1) around a raw LZMA stream with an end marker. */
function lzip(bytes: Buffer): Buffer {
  const lzma = execFileSync('xz', ['--format=raw', '--lzma1=dict=1MiB,lc=3,lp=0,pb=2', '-c'], { input: bytes });
  const head = Buffer.from([...Buffer.from('LZIP'), 1, 20]);
  const tail = Buffer.alloc(20);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeBigUInt64LE(BigInt(bytes.length), 4);
  tail.writeBigUInt64LE(BigInt(head.length + lzma.length + tail.length), 12);
  return Buffer.concat([head, lzma, tail]);
}

describe('unpackArchive', () => {
  const by = (program: string) => (bytes: Buffer) => execFileSync(program, ['-c'], { input: bytes });
  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gz', (bytes: Buffer) => gzipSync(bytes)],
    ['xz', by('xz')],
    ['bz2', by('bzip2')],
    ['zst', by('zstd')],
    ['lz', lzip],
  ] as const)('knows %s by its content', async (_, compress) => {
    expectPlain(await unpack(compress(await tarOf(PLAIN))));
  });

  it('drops the first folder, keeps modes and links, and gives files the present time', async () => {
    const tree = await unpack(
      await tarOf([
        { name: 'pkg-1', type: 'directory', mode: 0o755 },
        { name: 'pkg-1/empty/', type: 'directory', mode: 0o755 },
        { name: './pkg-1/run', content: '#!/bin/sh\n', mode: 0o775, mtime: new Date(0) },
        file('top-level-file', 'dropped'),
        { name: 'pkg-1/sub/link', type: 'symlink', linkname: '../run' },
        { name: 'pkg-1/hard', type: 'link', linkname: 'pkg-1/run' },
        file('pkg-1/.git/hooks/post-checkout', 'evil'),
        file(`pkg-1/${'long/'.repeat(40)}name`, 'long'),
      ]),
    );
    expect(readdirSync(tree).sort()).toEqual(['empty', 'hard', 'long', 'run', 'sub']);
    expect(statSync(join(tree, 'run')).mode & 0o777).toBe(0o755);
    expect(Date.now() - statSync(join(tree, 'run')).mtimeMs).toBeLessThan(60_000);
    expect(readlinkSync(join(tree, 'sub/link'))).toBe('../run');
    expect(statSync(join(tree, 'hard')).ino).not.toBe(statSync(join(tree, 'run')).ino);
    expect(readFileSync(join(tree, 'hard'), 'utf8')).toBe('#!/bin/sh\n');
    expect(readFileSync(join(tree, 'long/'.repeat(40), 'name'), 'utf8')).toBe('long');
  });

  it.each<[string, Member[], string]>([
    ['an absolute path', [file('/tmp/nx-redox-evil')], 'has an absolute path'],
    ['..', [file('pkg/../../evil')], 'leads out of the folder by ".."'],
    ['.. as the first folder', [file('../evil')], 'leads out of the folder by ".."'],
    ['.. with backslashes', [file('pkg\\..\\..\\evil')], 'leads out of the folder by ".."'],
    ['a drive', [file('C:/evil')], 'has an absolute path'],
    ['a folder above', [{ name: '../evil/', type: 'directory' }], 'leads out of the folder by ".."'],
    ['an absolute link', [{ name: 'pkg/l', type: 'symlink', linkname: '/etc' }], 'the link l leads out'],
    ['a link upwards', [{ name: 'pkg/l', type: 'symlink', linkname: '../evil' }], 'the link l leads out'],
    ['a link without target', [{ name: 'pkg/l', type: 'symlink', linkname: '' }], 'the link l has no target'],
    [
      'a link upwards by way of another',
      [
        { name: 'pkg/a/b/up', type: 'symlink', linkname: '../..' },
        { name: 'pkg/a/out', type: 'symlink', linkname: 'b/up/..' },
      ],
      'the link a/out leads out',
    ],
    [
      'a file through a link',
      [{ name: 'pkg/l', type: 'symlink', linkname: '.' }, file('pkg/l/evil')],
      'would be written through the link l',
    ],
    [
      'a file through an outward link',
      [{ name: 'pkg/l', type: 'symlink', linkname: '../..' }, file('pkg/l/evil')],
      'would be written through the link l',
    ],
    ['a hard link outside', [{ name: 'pkg/h', type: 'link', linkname: '../evil' }], 'is a hard link to "../evil"'],
    [
      'a hard link to a system file',
      [{ name: 'pkg/h', type: 'link', linkname: '/etc/passwd' }],
      'is a hard link to "/etc/passwd"',
    ],
    ['a hard link to nothing', [{ name: 'pkg/h', type: 'link', linkname: 'pkg/none' }], 'is no file of the archive'],
    [
      'a character device',
      [{ name: 'pkg/d', type: 'character-device', devmajor: 1, devminor: 3 }],
      'is a character device',
    ],
    ['a block device', [{ name: 'pkg/d', type: 'block-device', devmajor: 8, devminor: 0 }], 'is a block device'],
    ['a pipe', [{ name: 'pkg/p', type: 'fifo' }], 'is a FIFO'],
    ['a file that is a folder', [file('pkg/a/b'), file('pkg/a')], 'is a file, but was a folder before'],
    ['a folder that is a file', [file('pkg/a'), file('pkg/a/b')], 'cannot be written: a is a file'],
  ])('refuses %s, and nothing is written outside', async (_, members, message) => {
    const text = await failure(unpack(gzipSync(await tarOf(members))));
    expect(text).toContain(message);
    expect(readdirSync(dir)).toEqual(['deep']);
    expect(readdirSync(join(dir, 'deep')).sort()).toEqual(['archive', 'er']);
    expect(readdirSync(join(dir, 'deep/er'))).toEqual(['tree']);
    expect(existsSync('/tmp/nx-redox-evil')).toBe(false);
  });

  it('refuses members of unknown types', async () => {
    const bytes = await tarOf([file('pkg/a', '')]);
    bytes[156] = 'S'.charCodeAt(0);
    bytes.write('        ', 148, 'latin1');
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(await failure(unpack(bytes))).toContain('is a sparse file in the format of GNU tar, which is not supported');
  });

  it('has limits', async () => {
    const limits = (change: Partial<typeof LIMITS>) => ({ limits: { ...LIMITS, ...change } });
    const many = await tarOf(Array.from({ length: 20 }, (_, index) => file(`pkg/${index}`)));
    expect(await failure(unpack(many, limits({ entries: 10 })))).toContain('more than 10 files and folders');
    const bomb = gzipSync(await tarOf([file('pkg/a', 'x'.repeat(100_000))]));
    expect(await failure(unpack(bomb, limits({ treeBytes: 50_000 })))).toContain('holds more than');
    const zeros = gzipSync(Buffer.concat([await tarOf([file('pkg/a')]), Buffer.alloc(5_000_000)]));
    expect(await failure(unpack(zeros, limits({ treeBytes: 50_000, entries: 10 })))).toContain('holds more than');
  });

  it('says what is no archive, cut off or damaged, and which program is missing', async () => {
    expect(await failure(unpack(Buffer.from('<!DOCTYPE html><html>Not found')))).toContain(
      'this is a web page, not an archive',
    );
    expect(await failure(unpack(Buffer.from('no archive at all')))).toContain('this is no tar archive');
    expect(await failure(unpack(Buffer.alloc(0)))).toContain('this is no tar archive');
    const tar = await tarOf([file('pkg/a', 'x'.repeat(20_000)), file('pkg/b')]);
    for (const bytes of [tar, gzipSync(tar), execFileSync('xz', ['-c'], { input: tar })]) {
      expect(await failure(unpack(bytes.subarray(0, bytes.length * 0.6)))).toContain(
        'the archive is cut off or damaged',
      );
    }
    const empty = join(dir, 'bin');
    mkdirSync(empty);
    const text = await failure(unpack(execFileSync('bzip2', ['-c'], { input: tar }), { env: { PATH: empty } }));
    expect(text).toContain('to unpack bzip2 the program bzip2 is needed, which is not on PATH');
    expect(text).toContain('apt-get install bzip2');
    writeFileSync(join(empty, 'bzip2'), '#!/bin/sh\necho "bzip2: broken" >&2\nexit 3\n');
    chmodSync(join(empty, 'bzip2'), 0o755);
    expect(await failure(unpack(execFileSync('bzip2', ['-c'], { input: tar }), { env: { PATH: empty } }))).toContain(
      'bzip2: broken',
    );
    rmSync(empty, { recursive: true });
  });

  it('writes what any archive of plain names holds, whatever else its bytes are', async () => {
    const bytes = gzipSync(await tarOf(PLAIN));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ by;
        const text = await failure(unpack(changed));
        if (text === 'no error') return;
        // An error with advice, not a crash.
        expect(text).not.toContain('    at ');
        expect(readdirSync(join(dir, 'deep/er'))).toEqual(['tree']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('linkToOutside', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '..', '.');
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const names = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));

  it('agrees with the kernel: what it lets pass never leads out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, path, { maxKeys: 4 }), async (table) => {
        const root = realpathSync(mkdtempSync(join(dir, 'links-')));
        const links = new Map<string, string>();
        for (const [name, target] of Object.entries(table)) {
          const parts = name.split('/');
          if (parts.some((_, index) => links.has(parts.slice(0, index + 1).join('/')))) continue;
          if ([...links.keys()].some((other) => other.startsWith(`${name}/`))) continue;
          links.set(name, target);
        }
        if ((await findBadLink(links)) !== undefined) return;
        for (const real of follow(root, links)) expect(`${real}/`.startsWith(`${root}/`)).toBe(true);
        rmSync(root, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });
});

/** Makes the links in a folder, with all folders that they could pass, and follows each by the kernel. */
function follow(root: string, links: ReadonlyMap<string, string>): string[] {
  const fill = (at: string, depth: number): void => {
    mkdirSync(join(root, at), { recursive: true });
    if (depth === 0) return;
    for (const name of ['a', 'b', 'c']) {
      const next = at === '' ? name : `${at}/${name}`;
      if (!links.has(next)) fill(next, depth - 1);
    }
  };
  fill('', 3);
  for (const [name, target] of links) symlinkSync(target, join(root, name));
  return [...links.keys()].flatMap((name) => {
    try {
      return [realpathSync(join(root, name))];
    } catch {
      // A link to nothing, or in a circle.
      return [];
    }
  });
}
