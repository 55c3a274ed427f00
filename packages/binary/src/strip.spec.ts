import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from './byte-reader';
import { parseElf } from './elf';
import { stripElf } from './strip';
import { buildElf } from './testing/build-elf';

const ALLOC = 2;
const strip = (bytes: Uint8Array) => parseElf(stripElf(parseElf(bytes, 'a.elf')), 'stripped');

describe('stripElf', () => {
  const code = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const program = buildElf({
    segments: [{ virtualAddress: 0x400000n, bytes: code, offset: 0x1000 }],
    sections: [
      { name: '.debug_info', bytes: Buffer.from('debug information') },
      { name: '.text', flags: ALLOC, address: 0x400000n, offset: 0x1000, size: 8, link: 1 },
      { name: '.bss', type: 8, flags: ALLOC, address: 0x400008n, size: 0x5000, link: 2 },
    ],
    symbols: [{ name: 'main', value: 0x400000n, section: 2 }],
    comments: ['rustc version 1.95.0 (59807616e 2026-04-14) with cranelift 0.128.3'],
  });

  it('keeps segments, loaded sections under their numbers and .comment; drops the rest', () => {
    const before = parseElf(program);
    const after = strip(program);
    expect(after.segments).toEqual(before.segments);
    expect(after.entry).toBe(before.entry);
    expect(Buffer.from(after.segmentBytes(after.loads()[0]!))).toEqual(Buffer.from(code));
    expect(after.sections.map((section) => section.name)).toEqual(['', '', '.text', '.bss', '.comment', '.shstrtab']);
    expect(after.sections[2]).toEqual({ ...before.sections[2], link: 0 });
    expect(after.sections[3]).toEqual(before.sections[3]);
    expect(after.comments()).toEqual(before.comments());
    expect(after.hasSymbols).toBe(false);
    expect(Buffer.from(after.bytes).includes('debug information')).toBe(false);
  });

  it('gives the same bytes for programs that differ in symbols only, and for a stripped one', () => {
    const renamed = buildElf({ segments: [{ virtualAddress: 0x400000n, bytes: code }], symbols: [{ name: 'a' }] });
    const longer = buildElf({
      segments: [{ virtualAddress: 0x400000n, bytes: code }],
      symbols: [{ name: 'a_longer_name' }],
    });
    expect(stripElf(parseElf(renamed))).toEqual(stripElf(parseElf(longer)));
    const once = stripElf(parseElf(program));
    expect(stripElf(parseElf(once))).toEqual(once);
  });

  it('strips a file without section headers to itself', () => {
    const bytes = buildElf({ segments: [{ virtualAddress: 0x400000n, bytes: code }] });
    expect(Buffer.from(stripElf(parseElf(bytes)))).toEqual(Buffer.from(bytes));
  });

  it.each([
    ['32-bit', buildElf({ bits: 32 }), 'only 64-bit little-endian'],
    ['big-endian', buildElf({ littleEndian: false }), 'only 64-bit little-endian'],
    ['relocatable', buildElf({ type: 1 }), 'not linked'],
  ])('refuses %s files', (_, bytes, message) => {
    expect(() => stripElf(parseElf(bytes, 'a.elf'))).toThrow(message);
  });

  it('never changes what a loader reads', () => {
    const segments = fc.array(
      fc.record({
        virtualAddress: fc.bigInt({ min: 0n, max: 1n << 60n }),
        bytes: fc.uint8Array({ maxLength: 64 }),
        offset: fc.integer({ min: 0x200, max: 0x400 }),
        type: fc.constantFrom(1, 2, 4, 0x6474e551),
      }),
      { maxLength: 4 },
    );
    const sections = fc.array(
      fc.record({
        name: fc.constantFrom('.text', '.data', '.debug_line', '.comment', ''),
        type: fc.constantFrom(1, 3, 8, 11),
        flags: fc.constantFrom(0, ALLOC),
        offset: fc.integer({ min: 0x200, max: 0x400 }),
        bytes: fc.uint8Array({ maxLength: 16 }),
        link: fc.nat(9),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(segments, sections, (segments, sections) => {
        const before = parseElf(buildElf({ segments, sections }));
        const after = parseElf(stripElf(before));
        expect(after.segments).toEqual(before.segments);
        for (const segment of before.segments.filter(({ fileSize }) => fileSize > 0)) {
          expect(Buffer.from(after.segmentBytes(segment))).toEqual(Buffer.from(before.segmentBytes(segment)));
        }
        expect(Buffer.from(stripElf(after))).toEqual(Buffer.from(after.bytes));
      }),
    );
  });

  it('answers damaged files with a FormatError', () => {
    fc.assert(
      fc.property(fc.nat(program.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Uint8Array.from(program);
        damaged[at] = value;
        try {
          stripElf(parseElf(damaged));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
    );
  });
});
