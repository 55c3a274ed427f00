import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from './byte-reader';
import { isCoffObject, parseCoffObject } from './coff';
import { buildCoff } from './testing/build-coff';

describe('parseCoffObject', () => {
  it('reads names of source files, short and long, and comments', () => {
    for (const file of ['a.c', 'a-name-that-fills-more-than-one-entry.1582ca7a78bcd498-cgu.0']) {
      const bytes = buildCoff({ file, comment: 'a compiler' });
      expect(isCoffObject(bytes)).toBe(true);
      expect(parseCoffObject(bytes)).toEqual({ files: [file], comments: ['a compiler'] });
    }
  });

  it('tells objects from other files', () => {
    expect(isCoffObject(Buffer.from('MZ'))).toBe(false);
    expect(isCoffObject(Buffer.alloc(64))).toBe(false);
    expect(isCoffObject(buildCoff({ machine: 0x8664 }))).toBe(true);
  });

  it('survives any mutation', () => {
    const original = buildCoff({ file: 'x.1582ca7a78bcd498-cgu.0', comment: 'rustc' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(original.length),
        (changes, size) => {
          const bytes = Buffer.from(original);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            parseCoffObject(bytes.subarray(0, size));
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
    );
  });
});
