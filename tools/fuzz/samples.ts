import { equalContents } from '../../packages/initfs/src/content';
import { type WritableFormat, WRITABLE_FORMATS } from '../../packages/initfs/src/format';
import { INITFS_LAYOUTS, planImage } from '../../packages/initfs/src/layout';
import { bootstrapElf } from '../../packages/initfs/src/testing/bootstrap-elf';
import { bootstrap, dir, file } from '../../packages/initfs/src/testing/trees';
import { imageBytes } from '../../packages/initfs/src/write';
import { buildAr, buildElf, type SymbolSpec } from '../../packages/binary/src/testing/build-elf';
import { buildPe } from '../../packages/binary/src/testing/build-pe';

export interface Sample {
  name: string;
  bytes: Uint8Array;
}

const PLAIN = 'rustc version 1.95.0 (59807616e 2026-04-14)';
const CRANELIFT = `${PLAIN} with cranelift 0.128.3`;
const unit = (name: string): SymbolSpec => ({ name, type: 4, binding: 0, section: 0xfff1 });

/** One file of each kind, with every table that a reader looks at. */
export function samples(): Sample[] {
  const elfs = ([32, 64] as const).flatMap((bits) =>
    [true, false].map((littleEndian) => ({
      name: `elf${bits}${littleEndian ? 'le' : 'be'}`,
      bytes: richElf(bits, littleEndian),
    })),
  );
  const object = buildElf({ type: 1, comments: [CRANELIFT], symbols: [unit('logd.1582ca7a78bcd498-cgu.0.o')] });
  const images = WRITABLE_FORMATS.flatMap((format) =>
    INITFS_LAYOUTS.map((layout) => ({ name: `initfs ${format} ${layout}`, bytes: image(format, layout) })),
  );
  const formatA = Buffer.from(image('B', 'compact'));
  formatA.writeUInt16LE(0, 0x2a);
  return [
    ...elfs,
    ...images,
    { name: 'initfs A', bytes: formatA },
    {
      name: 'ar',
      bytes: buildAr([
        { name: 'lib.rmeta', bytes: object },
        { name: 'logd-1.logd.1582ca7a78bcd498-cgu.0.rcgu.o', bytes: object },
      ]),
    },
    { name: 'pe', bytes: buildPe() },
    { name: 'many names', bytes: manyNames() },
    { name: 'many directories', bytes: manyDirectories() },
  ];
}

function richElf(bits: 32 | 64, littleEndian: boolean): Uint8Array {
  const text = new Uint8Array(256).fill(0x1e);
  return buildElf({
    bits,
    littleEndian,
    segments: [
      { virtualAddress: 0x400000n, offset: 0, fileSize: 0x200 },
      { type: 2, bytes: new Uint8Array(64).fill(7) },
      { type: 3, bytes: Buffer.from('/lib/ld.so\0') },
      { type: 4, bytes: Buffer.from('\x04\0\0\0\x04\0\0\0\x01\0\0\0GNU\0abcd', 'latin1') },
    ],
    sections: [
      { name: '.text', flags: 6, address: 0x400000n, bytes: text },
      { name: '.rela.dyn', type: 4, flags: 2, bytes: new Uint8Array(72), entrySize: 24 },
      { name: '.rel.text', type: 9, info: 1, bytes: new Uint8Array(32), entrySize: 8 },
      { name: '.note', type: 7, bytes: Buffer.from('\x04\0\0\0\x04\0\0\0\x01\0\0\0GNU\0abcd', 'latin1') },
      {
        name: '.debug_info',
        bytes: Buffer.from([17, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0, 0, 0x61, 0x2f, 0x40, 0x2f, 0]),
      },
      { name: '.debug_abbrev', bytes: Uint8Array.of(1, 0x11, 0, 0x25, 0x0e, 0x03, 0x08, 0, 0, 0) },
      { name: '.debug_str', bytes: Buffer.from(`clang LLVM (${PLAIN})\0`) },
    ],
    comments: [CRANELIFT, PLAIN],
    symbols: [
      unit('init.1582ca7a78bcd498-cgu.0.o'),
      { name: '_start', value: 0x400000n, size: 8n },
      { name: '_RNvNtCsaaa_8redox_rt4proc1f', value: 0x400010n },
      { name: '$d', value: 0x400020n, type: 0, binding: 0 },
      { name: 'häßlich', value: 0x400030n },
    ],
  });
}

function image(format: WritableFormat, layout: 'compact' | 'compatible'): Buffer {
  const program = () => file(bootstrapElf({ address: 0x400000n }), true);
  const rc = 'export PATH /scheme/initfs/bin\nnulld\nnowait logd -v\nscheme log logd\nrun /scheme/initfs/etc/init.rc\n';
  const unitText = '[unit]\nrequires_weak = ["a@b.service"]\n[service]\ncmd = "logd"\ntype = "notify"\n';
  const root = dir({
    bin: dir({ init: program(), logd: program(), nulld: program(), first: { kind: 'link', target: '../bin/init' } }),
    etc: dir({
      'init.rc': file(rc),
      pcid: dir({ 'initfs.toml': file('[[drivers]]\ncommand = ["/scheme/initfs/bin/x"]\n') }),
    }),
    lib: dir({ 'init.d': dir({ '00_logd.service': file(unitText), 'a@.service': file(unitText) }), empty: dir({}) }),
  });
  return imageBytes(
    planImage({ root, bootstrap: bootstrap() }, { format, layout, time: 1n, contentKey: equalContents(root) }),
  );
}

/** Thousands of symbols whose names all lie in one long text: looking at each on its own would take gigabytes. */
function manyNames(): Uint8Array {
  const count = 8000;
  const symbols = Buffer.alloc(24 * count);
  for (let i = 0; i < count; i++) symbols.writeUInt32LE(i, i * 24);
  return buildElf({
    sections: [
      { name: '.symtab', type: 2, bytes: symbols, link: 2 },
      { name: '.strtab', type: 3, bytes: Buffer.alloc(200_000, 'n') },
    ],
  });
}

/** Thousands of directories that share one table: walking them all would take millions of steps. */
function manyDirectories(): Buffer {
  const count = 3000;
  const table = 34 + count * 12;
  const bytes = Buffer.alloc(table + count * 8 + 1, 'x');
  bytes.write('RedoxFtw');
  bytes.writeUInt32LE(34, 8);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 12);
  bytes.writeUInt16LE(4096, 0x14);
  bytes.writeUInt16LE(0, 0x16);
  bytes.writeUInt16LE(count, 0x18);
  for (let i = 0; i < count; i++) {
    bytes.writeUInt32LE(2, 34 + i * 12);
    bytes.writeUInt32LE(count * 8, 38 + i * 12);
    bytes.writeUInt32LE(table, 42 + i * 12);
    bytes.writeUInt16LE(i, table + i * 8);
    bytes.writeUInt16LE(1, table + i * 8 + 2);
    bytes.writeUInt32LE(bytes.length - 1, table + i * 8 + 4);
  }
  return bytes;
}
