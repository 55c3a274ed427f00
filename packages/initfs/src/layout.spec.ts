import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalContents } from './content';
import { decodeHeader, type WritableFormat, WRITABLE_FORMATS } from './format';
import { type InitfsLayout, INITFS_LAYOUTS, planImage } from './layout';
import { inspectInitfs, readInitfs } from './read';
import { anyTree, bootstrap, describeTree, dir, file } from './testing/trees';
import type { InitfsTree, TreeNode } from './tree';
import { imageBytes } from './write';

function image(tree: InitfsTree, format: WritableFormat, layout: InitfsLayout = 'compatible'): Buffer {
  const contentKey = layout === 'compact' ? equalContents(tree.root) : undefined;
  return imageBytes(planImage(tree, { format, layout, time: 0n, contentKey }));
}

const variants = WRITABLE_FORMATS.flatMap((format) => INITFS_LAYOUTS.map((layout) => ({ format, layout })));

// A tree like upstream's own test data, and what redox-initfs-ar of each format makes of it (entries by name, umask 022;
// the hash is that of the whole image, with the time set to 0).
const ELF28 = Buffer.concat([
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]),
  Buffer.alloc(17),
  Buffer.from([0x00, 0x30, 0, 0]),
]);
const upstreamTree = (): InitfsTree => ({
  root: dir({
    foo: dir({
      'file.txt': file('x'.repeat(56)),
      'file-link.txt': { kind: 'link', target: 'file.txt' },
      'bootstrap.elf': file(ELF28),
    }),
  }),
  bootstrap: { bytes: Buffer.concat([ELF28, Buffer.alloc(4)]), entry: 0x3000n },
});

describe('compatible layout', () => {
  it.each([
    {
      format: 'D' as const,
      sha256: 'c052cde2b35241b97238d22ec896d11d79d376003cd307ba5dfd424927a9ea20',
      size: 45116,
      header: {
        inodeTableOffset: 0xb000,
        inodeCount: 5,
        rootInode: 4,
        size: 0xb03c,
        pageSize: 4096,
        bootstrapEntry: 0x3000n,
      },
      inodes: { 'foo/bootstrap.elf': 0, 'foo/file-link.txt': 1, 'foo/file.txt': 2, foo: 3 },
      ranges: [
        'header 0x0 34',
        'bootstrap 0x1000 32',
        'dir 0x2000 8',
        'dir 0x3000 24',
        'file 0x4000 28',
        'name 0x5000 13',
        'link 0x6000 8',
        'name 0x7000 13',
        'file 0x8000 56',
        'name 0x9000 8',
        'name 0xa000 3',
        'inodes 0xb000 60',
      ],
      link: 'file.txt',
    },
    {
      format: 'B' as const,
      sha256: 'f6b28cf090a71bd15036af3362772d8061dbea466e4028923313c41b83515d4c',
      size: 45059,
      header: {
        inodeTableOffset: 0x2000,
        inodeCount: 5,
        rootInode: 0,
        size: 0xb003,
        pageSize: 4096,
        bootstrapEntry: 0x3000n,
        time: 0n,
      },
      inodes: { 'foo/bootstrap.elf': 1, 'foo/file-link.txt': 2, 'foo/file.txt': 3, foo: 4 },
      ranges: [
        'header 0x0 44',
        'bootstrap 0x1000 32',
        'inodes 0x2000 100',
        'dir 0x3000 8',
        'dir 0x4000 24',
        'file 0x5000 28',
        'name 0x6000 13',
        'link 0x7000 12',
        'name 0x8000 13',
        'file 0x9000 56',
        'name 0xa000 8',
        'name 0xb000 3',
      ],
      link: 'foo/file.txt',
    },
    {
      format: 'C' as const,
      sha256: '6669016715753e2086e77ac26a9cc5d53ffc220a9e8e5b8a3133b8f20eab63b1',
      size: 45059,
      header: {
        inodeTableOffset: 0x2000,
        inodeCount: 5,
        rootInode: 0,
        size: 0xb003,
        pageSize: 4096,
        bootstrapEntry: 0x3000n,
        time: 0n,
      },
      inodes: { 'foo/bootstrap.elf': 1, 'foo/file-link.txt': 2, 'foo/file.txt': 3, foo: 4 },
      ranges: [
        'header 0x0 44',
        'bootstrap 0x1000 32',
        'inodes 0x2000 60',
        'dir 0x3000 8',
        'dir 0x4000 24',
        'file 0x5000 28',
        'name 0x6000 13',
        'link 0x7000 8',
        'name 0x8000 13',
        'file 0x9000 56',
        'name 0xa000 8',
        'name 0xb000 3',
      ],
      link: 'file.txt',
    },
  ])("gives upstream's places in format $format", ({ format, sha256, size, header, inodes, ranges, link }) => {
    const bytes = image(upstreamTree(), format);
    expect(bytes.length).toBe(size);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    const { image: read, problems } = inspectInitfs(bytes);
    expect(problems).toEqual([]);
    expect(read.header).toEqual(header);
    // The bootstrap's size is told by its ELF header, of which these 32 bytes are a part: the reader takes 64.
    const seen = read.ranges.map(
      (range) => `${range.kind} 0x${range.offset.toString(16)} ${range.kind === 'bootstrap' ? 32 : range.size}`,
    );
    expect(seen.sort()).toEqual([...ranges].sort());
    expect(bytes.subarray(0x1000, 0x101c)).toEqual(ELF28);
    const numbers = Object.fromEntries(
      read.ranges
        .map(({ path }) => path)
        .filter(Boolean)
        .map((path) => [path, numberOf(read, path)]),
    );
    expect(numbers).toEqual(inodes);
    const at = read.ranges.find((range) => range.kind === 'link')!;
    expect(bytes.subarray(at.offset, at.offset + at.size).toString()).toBe(link);
  });

  it('writes every byte of a small image as the format says', () => {
    const bytes = image({ root: dir({ a: file('hi', true) }), bootstrap: bootstrap() }, 'D');
    const hex = (from: number, to: number) => bytes.subarray(from, to).toString('hex');
    // magic, inode table 0x5000, size 0x5018, page size, root 1, count 2, entry 0x2078
    expect(hex(0, 34)).toBe(
      '5265646f78467477' + '00500000' + '1850000000000000' + '0010' + '0100' + '0200' + '7820000000000000',
    );
    expect(hex(0x2000, 0x2008)).toBe('0000' + '0100' + '00400000');
    expect(hex(0x3000, 0x3002)).toBe('6869');
    expect(hex(0x4000, 0x4001)).toBe('61');
    expect(hex(0x5000, 0x5018)).toBe('01000000' + '02000000' + '00300000' + '02000000' + '08000000' + '00200000');
    const zeros = [
      [34, 0x1000],
      [0x1100, 0x2000],
      [0x2008, 0x3000],
      [0x3002, 0x4000],
      [0x4001, 0x5000],
    ] as const;
    for (const [from, to] of zeros) expect(bytes.subarray(from, to).every((byte) => byte === 0)).toBe(true);
  });

  it('lets an empty file share its offset with the next part', () => {
    const read = inspectInitfs(image({ root: dir({ a: file(''), b: file('x') }), bootstrap: bootstrap() }, 'D'));
    expect(read.problems).toEqual([]);
    const ranges = read.image.ranges.map((range) => `${range.kind} ${range.path} 0x${range.offset.toString(16)}`);
    expect(ranges).toEqual(
      expect.arrayContaining(['name a 0x3000', 'file b 0x4000', 'name b 0x5000', 'inodes  0x6000']),
    );
  });
});

describe('compact layout', () => {
  it('stores equal files once, names and tables together, and file data on pages of its own', () => {
    const tree: InitfsTree = {
      root: dir({
        bin: dir({ zerod: file('same', true), nulld: file('same', true), init: file('init', true) }),
        lib: dir({ init: file('i2') }),
      }),
      bootstrap: bootstrap(),
    };
    const plan = planImage(tree, { format: 'D', layout: 'compact', time: 0n, contentKey: equalContents(tree.root) });
    expect(plan.sharedBytes).toBe(4);
    const { image: read, problems } = inspectInitfs(imageBytes(plan));
    expect(problems).toEqual([]);
    const files = read.ranges.filter((range) => range.kind === 'file');
    expect(new Set(files.map((range) => range.offset))).toEqual(new Set([0x2000, 0x3000, 0x4000]));
    expect(
      read.ranges
        .filter((range) => ['dir', 'name', 'inodes'].includes(range.kind))
        .every((range) => range.offset >= 0x5000),
    ).toBe(true);
    expect(plan.size).toBeLessThan(0x5200);
  });

  it('does not share the bootstrap, which changes its own data', () => {
    const tree: InitfsTree = { root: dir({ copy: file(bootstrap().bytes) }), bootstrap: bootstrap() };
    const { image: read } = inspectInitfs(image(tree, 'D', 'compact'));
    expect(read.ranges.find((range) => range.kind === 'file')?.offset).toBe(0x2000);
  });
});

describe('every format and layout', () => {
  it.each(variants)('gives back any tree: format $format, $layout', async ({ format, layout }) => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const bytes = image(tree, format, layout);
        const read = await readInitfs(bytes);
        expect(read.format).toBe(format);
        expect(read.alternatives).toEqual([]);
        expect(describeTree(read)).toEqual(describeTree(tree));
        expect(read.header.size).toBe(bytes.length);
        // What was read can be written again, to the same bytes.
        expect(image(read, format, layout).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it.each(variants)('does not depend on the order of entries: format $format, $layout', ({ format, layout }) => {
    const entries: [string, TreeNode][] = [
      ['b', file('1')],
      ['ä', file('2')],
      ['B', dir({ y: file('3'), x: file('1') })],
      ['\u{1f600}', file('4')],
      ['\uffff', file('5')],
    ];
    const tree = (order: [string, TreeNode][]) => ({ root: dir(Object.fromEntries(order)), bootstrap: bootstrap() });
    expect(image(tree([...entries].reverse()), format, layout).equals(image(tree(entries), format, layout))).toBe(true);
  });

  it('keeps the time in formats B and C only', () => {
    const tree = { root: dir({}), bootstrap: bootstrap() };
    const at = (format: WritableFormat, time: bigint) =>
      imageBytes(planImage(tree, { format, layout: 'compact', time }));
    expect(decodeHeader(at('B', 1700000000n), 'B').time).toBe(1700000000n);
    expect(decodeHeader(at('C', 1700000000n), 'C').time).toBe(1700000000n);
    expect(at('D', 1700000000n).equals(at('D', 0n))).toBe(true);
  });
});

describe('limits', () => {
  it('refuses more than 65,535 inodes and names the crowded directories', () => {
    const many = (count: number) =>
      dir(Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, file('')])));
    const plan = (count: number) =>
      planImage(
        { root: dir({ big: many(count) }), bootstrap: bootstrap() },
        { format: 'D', layout: 'compact', time: 0n },
      );
    expect(plan(65533).inodeCount).toBe(65535);
    expect(() => plan(65534)).toThrow(/needs 65536 inodes; the format can hold 65535/);
  });

  it.each(INITFS_LAYOUTS)('refuses 4 GiB and names the largest files (%s)', (layout) => {
    const huge = (path: string, size: number): TreeNode => ({
      kind: 'file',
      executable: false,
      content: { path, size },
    });
    const tree = (size: number) => ({
      root: dir({ small: file('x'), huge: huge('/nowhere', size) }),
      bootstrap: bootstrap(),
    });
    const plan = (size: number) => planImage(tree(size), { format: 'D', layout, time: 0n });
    expect(plan(0xffffffff - 0x10000).size).toBeLessThanOrEqual(0xffffffff);
    expect(() => plan(0xffffffff)).toThrow(/the format's offsets end at 4294967295 \(4 GiB\)/);
    try {
      plan(2 ** 33);
    } catch (error) {
      expect(error).toMatchObject({ advice: [expect.stringContaining('huge (8192.0 MiB)')] });
    }
    expect.assertions(3);
  });
});

function numberOf(read: { root: TreeNode; inodes: Map<TreeNode, number> }, path: string): number | undefined {
  let node: TreeNode | undefined = read.root;
  for (const name of path.split('/')) node = node?.kind === 'dir' ? node.entries.get(name) : undefined;
  return node && read.inodes.get(node);
}
