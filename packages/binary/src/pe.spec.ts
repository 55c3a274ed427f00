import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from './byte-reader';
import { isPe, parsePe } from './pe';
import { buildPe } from './testing/build-pe';

describe('parsePe', () => {
  it('reads machine, subsystem, entry and sections', () => {
    expect(isPe(buildPe())).toBe(true);
    expect(parsePe(buildPe(), 'x.efi')).toEqual({
      file: 'x.efi',
      machine: 0xaa64,
      subsystem: 10,
      bits: 64,
      entry: 0x1000,
      sections: [{ name: '.text', virtualAddress: 0x1000, size: 0x20, fileSize: 0x200, offset: 0x200 }],
    });
    expect(parsePe(buildPe({ magic: 0x10b, machine: 0x14c }))).toMatchObject({ bits: 32, machine: 0x14c });
  });

  it.each([
    ['other bytes', Buffer.from('\x7fELF'), /does not begin with "MZ"/],
    ['a DOS program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]), /no PE signature/],
    ['a cut-off file', buildPe().subarray(0, 0x90), /outside the file/],
    ['a ROM image', buildPe({ magic: 0x107 }), /magic is 0x107/],
    ['too many sections', buildPe({ sections: 999 }), /table of 999 sections/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parsePe(bytes)).toThrow(message);
  });

  it('survives any mutation', () => {
    const original = buildPe();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(0x1b0), fc.nat(255)), { maxLength: 8 }), fc.nat(0x400), (changes, size) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          parsePe(bytes.subarray(0, size));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
