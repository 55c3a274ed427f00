import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError } from './byte-reader';
import { parseElf } from './elf';
import { buildElf, stringTable } from './testing/build-elf';

const variants = ([32, 64] as const).flatMap((bits) => [true, false].map((littleEndian) => ({ bits, littleEndian })));

describe('parseElf', () => {
  it.each(variants)('reads $bits-bit files, little endian: $littleEndian', ({ bits, littleEndian }) => {
    const elf = parseElf(
      buildElf({
        bits,
        littleEndian,
        machine: 40,
        entry: 0x10004n,
        segments: [
          { virtualAddress: 0x10000n, bytes: Uint8Array.of(1, 2, 3, 4, 5), memorySize: 9n, flags: 5 },
          { virtualAddress: 0x20000n, physicalAddress: 0x30000n, bytes: Uint8Array.of(6), flags: 6 },
        ],
        sections: [{ name: '.text', flags: 6, address: 0x10000n, bytes: Uint8Array.of(9, 9) }],
        comments: ['rustc version 1.95.0', 'Linker: LLD'],
        symbols: [
          { name: 'main', value: 0x10002n, size: 3n },
          { name: 'häßlich', value: 0x10004n },
        ],
      }),
    );
    expect(elf).toMatchObject({ bits, littleEndian, type: 2, machine: 40, entry: 0x10004n });
    expect(elf.loads()).toMatchObject([
      { virtualAddress: 0x10000n, fileSize: 5, memorySize: 9n, flags: 5 },
      { virtualAddress: 0x20000n, physicalAddress: 0x30000n, flags: 6 },
    ]);
    expect([...elf.segmentBytes(elf.loads()[0]!)]).toEqual([1, 2, 3, 4, 5]);
    expect(elf.sections.map((section) => section.name)).toEqual([
      '',
      '.text',
      '.comment',
      '.symtab',
      '.strtab',
      '.shstrtab',
    ]);
    expect([...elf.sectionBytes(elf.section('.text')!)]).toEqual([9, 9]);
    expect(elf.comments()).toEqual(['rustc version 1.95.0', 'Linker: LLD']);
    expect(elf.symbols().slice(1)).toMatchObject([
      { name: 'main', value: 0x10002n, size: 3n, type: 2, binding: 1, section: 1 },
      { name: 'häßlich', value: 0x10004n },
    ]);
    expect(elf.fileOffset(0x10003n)).toBe(elf.loads()[0]!.offset + 3);
    expect(elf.fileOffset(0x10006n)).toBeUndefined();
  });

  it.each(variants)('names source files as its symbols do, $bits-bit, little endian: $littleEndian', (variant) => {
    const symbols = ['a.rs', 'main', 'häßlich.c', 'end'].map((name, i) => ({
      name,
      value: 1n,
      type: i % 2 === 0 ? 4 : 2,
    }));
    const elf = parseElf(buildElf({ ...variant, symbols }));
    expect(elf.sourceFiles()).toEqual(['a.rs', 'häßlich.c']);
    expect(elf.symbols().filter(({ type }) => type === 4)).toMatchObject(elf.sourceFiles().map((name) => ({ name })));
    expect(parseElf(buildElf({ ...variant })).sourceFiles()).toEqual([]);
  });

  it('reads relocations with and without addends', () => {
    const rela = Buffer.alloc(24);
    rela.writeBigUInt64LE(0x1234n, 0);
    rela.writeBigUInt64LE((7n << 32n) | 1027n, 8);
    rela.writeBigInt64LE(-8n, 16);
    const rel = Buffer.alloc(8);
    rel.writeUInt32BE(0x10, 0);
    rel.writeUInt32BE((3 << 8) | 2, 4);
    const wide = parseElf(buildElf({ sections: [{ name: '.rela.dyn', type: 4, flags: 2, bytes: rela }] }));
    expect(wide.relocationSections()).toEqual([
      {
        name: '.rela.dyn',
        dynamic: true,
        target: undefined,
        entries: [{ offset: 0x1234n, type: 1027, symbol: 7, addend: -8n }],
      },
    ]);
    const narrow = parseElf(
      buildElf({
        bits: 32,
        littleEndian: false,
        sections: [{ name: '.text' }, { name: '.rel.text', type: 9, info: 1, bytes: rel }],
      }),
    );
    const [section] = narrow.relocationSections();
    expect(section).toMatchObject({ dynamic: false, entries: [{ offset: 0x10n, type: 2, symbol: 3, addend: 0n }] });
    expect(section?.target?.name).toBe('.text');
  });

  it('refuses relocation and note sections that overlap, which could be read without end', () => {
    const over = (type: number) => {
      const first = { name: '.s', type, flags: 2, offset: 0x100, bytes: new Uint8Array(960) };
      const sections = [first, ...Array.from({ length: 50 }, () => ({ ...first, bytes: undefined, size: 960 }))];
      return parseElf(buildElf({ sections }));
    };
    expect(() => over(4).relocationSections()).toThrow(/relocation sections overlap each other/);
    expect(() => over(7).notes()).toThrow(/note sections overlap each other/);
  });

  it('reads notes of sections and of segments', () => {
    const note = Buffer.concat([Buffer.from([4, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0]), Buffer.from('GNU\0abc\0')]);
    const expected = [{ owner: 'GNU', type: 5, description: Buffer.from('abc') }];
    const inSection = parseElf(buildElf({ sections: [{ name: '.note', type: 7, bytes: note }] })).notes();
    const inSegment = parseElf(buildElf({ segments: [{ type: 4, bytes: note }] })).notes();
    for (const notes of [inSection, inSegment]) {
      expect(notes.map((n) => ({ ...n, description: Buffer.from(n.description) }))).toEqual(expected);
    }
  });

  it('reads the dynamic table up to its end mark', () => {
    const table = new BigUint64Array([7n, 0x5000n, 8n, 48n, 0n, 0n, 99n, 99n]);
    const elf = parseElf(buildElf({ segments: [{ type: 2, bytes: new Uint8Array(table.buffer) }] }));
    expect(elf.dynamic()).toEqual([
      { tag: 7n, value: 0x5000n },
      { tag: 8n, value: 48n },
    ]);
  });

  it('inflates compressed sections, within bounds', () => {
    const text = Buffer.from('hello '.repeat(50));
    const compressed = (size: number) => {
      const header = Buffer.alloc(24);
      header.writeUInt32LE(1, 0);
      header.writeBigUInt64LE(BigInt(size), 8);
      return Buffer.concat([header, deflateSync(text)]);
    };
    const open = (size: number) => {
      const elf = parseElf(buildElf({ sections: [{ name: '.debug_str', flags: 0x800, bytes: compressed(size) }] }));
      return elf.sectionContent(elf.section('.debug_str')!);
    };
    expect(Buffer.from(open(text.length)).toString()).toBe(text.toString());
    expect(() => open(2 ** 40)).toThrow(/says it inflates/);
    expect(() => open(text.length - 1)).toThrow(/cannot be inflated/);
  });

  it('takes counts beyond 16 bits from section header 0', () => {
    const file = Buffer.from(buildElf({ sections: [{ name: '.a' }, { name: '.b' }] }));
    const shoff = Number(file.readBigUInt64LE(40));
    file.writeBigUInt64LE(BigInt(file.readUInt16LE(60)), shoff + 32);
    file.writeUInt32LE(file.readUInt16LE(62), shoff + 40);
    file.writeUInt16LE(0, 60);
    file.writeUInt16LE(0xffff, 62);
    expect(parseElf(file).sections.map((section) => section.name)).toEqual(['', '.a', '.b', '.shstrtab']);
  });

  it.each([
    ['text', Buffer.from('#!/bin/sh\n'), /not an ELF file.*offset 0x0/],
    ['a cut-off header', buildElf().subarray(0, 40), /ELF header .* lies outside the file, which has 40 bytes/],
    ['a wrong class', Buffer.from(buildElf()).fill(7, 4, 5), /ELF class 7 is neither 1/],
    ['a wrong byte order', Buffer.from(buildElf()).fill(9, 5, 6), /byte order 9 is neither/],
    ['a program header table behind the end', buildElf().subarray(0, 100), /table of 1 program headers/],
    [
      'a huge section table',
      Buffer.from(buildElf({ comments: ['x'] })).fill(0xff, 60, 61),
      /table of 255 section headers/,
    ],
    [
      'a huge offset',
      Buffer.from(buildElf()).fill(0xff, 40, 48),
      /e_shoff is 0xffffffffffffffff, more than any file has/,
    ],
  ])('refuses %s and says where', (_, bytes, message) => {
    expect(() => parseElf(bytes, 'file')).toThrow(FormatError);
    expect(() => parseElf(bytes, 'file')).toThrow(message);
  });

  it('refuses a section that lies outside the file when its bytes are asked for', () => {
    const elf = parseElf(buildElf({ sections: [{ name: '.comment', offset: 1 << 20, size: 10 }] }));
    expect(() => elf.comments()).toThrow(/section \.comment \(10 bytes\) lies outside the file/);
  });

  it.each(['é', 'Cs'])('reads names that overlap only up to a limit: many of %s', (part) => {
    const name = part.repeat(1000);
    const names = stringTable([name]);
    const symbol = Buffer.alloc(24 * 1500);
    for (let i = 0; i < 1500; i++) symbol.writeUInt32LE(1 + i, i * 24);
    const elf = parseElf(
      buildElf({
        sections: [
          { name: '.symtab', type: 2, bytes: symbol, link: 2 },
          { name: '.strtab', type: 3, bytes: names.bytes },
        ],
      }),
    );
    expect(() => elf.symbols()).toThrow(/too many overlapping names/);
  });

  it('survives any mutation of a file', () => {
    const original = buildElf({
      sections: [
        { name: '.rela.dyn', type: 4, flags: 2, bytes: new Uint8Array(24) },
        { name: '.note', type: 7, bytes: new Uint8Array(16) },
      ],
      segments: [
        { bytes: new Uint8Array(32), virtualAddress: 0x1000n },
        { type: 2, bytes: new Uint8Array(32) },
      ],
      comments: ['x'],
      symbols: [{ name: 'f' }],
    });
    const change = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.nat(original.length), (changes, cut) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        for (const file of [bytes, bytes.subarray(0, cut)]) {
          try {
            const elf = parseElf(file);
            elf.symbols();
            elf.relocationSections();
            elf.notes();
            elf.dynamic();
            elf.needed();
            elf.comments();
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
