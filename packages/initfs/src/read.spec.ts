import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '@nx-redox/binary';
import { equalContents } from './content';
import { INITFS_FORMATS, type WritableFormat, WRITABLE_FORMATS } from './format';
import { planImage } from './layout';
import { inspectInitfs, readInitfs } from './read';
import { bootstrap, describeTree, dir, file } from './testing/trees';
import { imageBytes } from './write';

const tree = () => ({
  root: dir({
    bin: dir({ init: file('init', true), link: { kind: 'link', target: 'init' } }),
    etc: dir({ rc: file('rc') }),
  }),
  bootstrap: bootstrap(),
});
function image(format: WritableFormat = 'D'): Buffer {
  const source = tree();
  return imageBytes(planImage(source, { format, layout: 'compact', time: 0n, contentKey: equalContents(source.root) }));
}

/** Where inode `index` of an image is. */
const inodeAt = (bytes: Buffer, index: number) => bytes.readUInt32LE(8) + 12 * index;
/** Inodes of the tree in format D: children before their directory, by name. */
const INIT = 0;
const LINK = 1;
const BIN = 2;
const ROOT = 5;

function damaged(change: (bytes: Buffer) => Buffer | void): string[] {
  const bytes = image();
  const { problems } = inspectInitfs(change(bytes) ?? bytes, { format: 'D' });
  return problems.map(({ code, path, message }) => `${code} ${path ?? ''}: ${message}`);
}

describe('readInitfs', () => {
  it('refuses bytes that are no image', async () => {
    await expect(readInitfs(Buffer.from('hello'))).rejects.toThrow(/does not begin with "RedoxFtw"/);
    await expect(readInitfs(Buffer.from('RedoxFtw'))).rejects.toThrow(/fits none of the formats/);
    await expect(readInitfs(Buffer.concat([Buffer.from('RedoxFtw'), Buffer.alloc(5000)]))).rejects.toThrow(/fits none/);
  });

  it('refuses a damaged image', async () => {
    await expect(readInitfs(image().subarray(0, -1), 'D')).rejects.toThrow(/damaged initfs image: .* it is cut off/);
  });

  it('tells the formats apart, format A included', () => {
    for (const format of WRITABLE_FORMATS)
      expect(inspectInitfs(image(format)).image).toMatchObject({ format, alternatives: [] });
    // Format A is format B without the page size in the header, and unaligned.
    const a = image('B');
    a.writeUInt16LE(0, 0x2a);
    const read = inspectInitfs(a);
    expect(read.image).toMatchObject({ format: 'A', alternatives: [] });
    expect(describeTree(read.image)).toEqual(describeTree(tree()));
  });

  it('says so when two formats fit', () => {
    // An empty root, and a time whose nanoseconds read as the page size and root of format D.
    const bytes = imageBytes(
      planImage({ root: dir({}), bootstrap: bootstrap() }, { format: 'C', layout: 'compact', time: 0n }),
    );
    bytes.writeUInt32LE(4096, 0x14);
    bytes.writeBigUInt64LE(BigInt(bytes.length), 0x0c);
    const { image: read, problems } = inspectInitfs(bytes);
    expect(problems).toEqual([]);
    expect([read.format, ...read.alternatives].sort()).toEqual(['C', 'D']);
  });

  it.each([
    ['a cut-off end', (b: Buffer) => b.subarray(0, -1), /^cut-off : .*says it has 1\d+ bytes/],
    ['a page size', (b: Buffer) => void b.writeUInt16LE(16384, 0x14), /^page-size : the page size is 16384/],
    ['a table in the header', (b: Buffer) => void b.writeUInt32LE(8, 8), /^inode-table : .*inside the header/],
    [
      'a table outside',
      (b: Buffer) => void b.writeUInt32LE(b.length - 4, 8),
      /^inode-table : .*ends outside the image/,
    ],
    ['a root that is none', (b: Buffer) => void b.writeUInt16LE(INIT, 0x16), /^root : .*is a file, not a directory/],
    ['a root number', (b: Buffer) => void b.writeUInt16LE(9, 0x16), /^root : the root is inode 9 of 6/],
    ['an unknown type', (b: Buffer) => void b.writeUInt32LE(7, inodeAt(b, INIT)), /^type bin\/init: .*type 0x7/],
    [
      'data outside',
      (b: Buffer) => void b.writeUInt32LE(b.length, inodeAt(b, INIT) + 8),
      /^bounds bin\/init: its 4 bytes/,
    ],
    [
      'a huge length',
      (b: Buffer) => void b.writeUInt32LE(0xffffffff, inodeAt(b, INIT) + 4),
      /^bounds bin\/init: its 4294967295/,
    ],
    [
      'unaligned data',
      (b: Buffer) => void b.writeUInt32LE(0x2001, inodeAt(b, INIT) + 8),
      /^alignment bin\/init: .*8193, not on a page/,
    ],
    ['an odd directory', (b: Buffer) => void b.writeUInt32LE(15, inodeAt(b, BIN) + 4), /^directory-size bin: /],
    [
      'a cycle',
      (b: Buffer) => void b.writeUInt16LE(BIN, b.readUInt32LE(inodeAt(b, BIN) + 8)),
      /^directory-twice bin\/init: directory inode 2/,
    ],
    [
      'an inode that is not there',
      (b: Buffer) => void b.writeUInt16LE(77, b.readUInt32LE(inodeAt(b, BIN) + 8)),
      /^inode bin\/init: it names inode 77 of 6/,
    ],
    [
      'a name outside',
      (b: Buffer) => void b.writeUInt32LE(b.length, b.readUInt32LE(inodeAt(b, ROOT) + 8) + 4),
      /^bounds : the name of the entry/,
    ],
    ['a name with a slash', (b: Buffer) => void b.write('i/it', nameAt(b, BIN, 0)), /^name bin: .*has a "\/" in it/],
    [
      'an empty name',
      (b: Buffer) => void b.writeUInt16LE(0, b.readUInt32LE(inodeAt(b, ROOT) + 8) + 2),
      /^name : .*is empty/,
    ],
    ['a name that is not UTF-8', (b: Buffer) => void b.writeUInt8(0xff, nameAt(b, BIN, 0)), /^utf8 bin: /],
    ['two equal names', (b: Buffer) => void b.write('init', nameAt(b, BIN, 1)), /^name-twice bin\/init: /],
    [
      'a link that is not UTF-8',
      (b: Buffer) => void b.writeUInt8(0xff, b.readUInt32LE(inodeAt(b, LINK) + 8)),
      /^utf8 bin\/link: /,
    ],
    ['a damaged bootstrap', (b: Buffer) => void b.writeUInt8(9, 0x1004), /^bootstrap : .*ELF class 9/],
  ])('lists %s', (_, change, expected) => {
    const problems = damaged(change);
    expect(problems.filter((problem) => expected.test(problem))).toHaveLength(1);
  });

  it('still gives the readable rest of a damaged image', () => {
    const bytes = image();
    bytes.writeUInt32LE(7, inodeAt(bytes, INIT));
    expect(describeTree(inspectInitfs(bytes).image)).toContain('etc/rc cmM=');
  });

  it('reads a tree that names shared by thousands of directories would make huge, within bounds', () => {
    // 4000 directories that all have the same table of 4000 entries: 16 million entries in 100 KB.
    const count = 4000;
    const bytes = Buffer.alloc(34 + count * 12 + count * 8 + 1);
    bytes.write('RedoxFtw');
    bytes.writeUInt32LE(34, 8);
    bytes.writeBigUInt64LE(BigInt(bytes.length), 12);
    bytes.writeUInt16LE(4096, 0x14);
    bytes.writeUInt16LE(count, 0x18);
    const table = 34 + count * 12;
    for (let i = 0; i < count; i++) {
      bytes.writeUInt32LE(2, 34 + i * 12);
      bytes.writeUInt32LE(count * 8, 38 + i * 12);
      bytes.writeUInt32LE(table, 42 + i * 12);
      bytes.writeUInt16LE(i, table + i * 8);
      bytes.writeUInt16LE(1, table + i * 8 + 2);
      bytes.writeUInt32LE(bytes.length - 1, table + i * 8 + 4);
    }
    const { image: read, problems } = inspectInitfs(bytes);
    expect(problems.length).toBeGreaterThan(0);
    expect(read.ranges.length).toBeLessThan(2 * count);
  });

  it('does not follow directories without end', () => {
    const nested = (depth: number, name: string) => {
      let node = dir({ f: file('x') });
      for (let i = 0; i < depth; i++) node = dir({ [name]: node });
      return imageBytes(
        planImage({ root: node, bootstrap: bootstrap() }, { format: 'D', layout: 'compact', time: 0n }),
      );
    };
    const codes = (bytes: Buffer) => inspectInitfs(bytes).problems.map((problem) => problem.code);
    expect(codes(nested(511, 'd'))).toEqual([]);
    expect(codes(nested(512, 'd'))).toEqual(['depth']);
    expect(codes(nested(20, 'n'.repeat(200)))).toEqual([]);
    expect(codes(nested(30, 'n'.repeat(200)))).toEqual(['depth']);
  });

  it('survives any mutation of an image', () => {
    const originals = INITFS_FORMATS.flatMap((format) => (format === 'A' ? [] : [image(format)]));
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(change, { maxLength: 10 }),
        fc.boolean(),
        (original, changes, cut) => {
          const bytes = Buffer.from(original);
          // Most bytes are padding: aim at the header and at the tables, which are last.
          for (const [at, value] of changes)
            bytes[at % 2 === 0 ? (at >> 1) % 44 : bytes.length - 1 - ((at >> 1) % 200)] = value;
          try {
            const { image: read } = inspectInitfs(cut ? bytes.subarray(0, -((changes[0]?.[0] ?? 0) % 300)) : bytes);
            describeTree(read);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function nameAt(bytes: Buffer, dirInode: number, entry: number): number {
  return bytes.readUInt32LE(bytes.readUInt32LE(inodeAt(bytes, dirInode) + 8) + 8 * entry + 4);
}
