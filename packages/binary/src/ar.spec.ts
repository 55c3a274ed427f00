import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAr, readAr } from './ar';
import { FormatError } from './byte-reader';
import { buildAr } from './testing/build-elf';

describe('readAr', () => {
  it('reads short and long names and odd sizes', () => {
    const members = [
      { name: 'lib.rmeta', bytes: Uint8Array.of(1, 2, 3) },
      { name: 'logd-0123456789abcdef.logd.fedcba-cgu.0.rcgu.o', bytes: Uint8Array.of(4) },
      { name: 'a-name-with/a-slash.o', bytes: new Uint8Array() },
    ];
    const archive = buildAr(members);
    expect(isAr(archive)).toBe(true);
    const read = readAr(archive);
    expect(read.map(({ name, bytes }) => ({ name, bytes: Uint8Array.from(bytes) }))).toEqual(members);
    for (const { offset, bytes } of read) expect(archive.subarray(offset, offset + bytes.length)).toEqual(bytes);
  });

  it("reads BSD's names", () => {
    const name = 'a-long-name-of-bsd.o\0\0\0\0';
    const size = name.length + 2;
    const header = `#1/${name.length}`.padEnd(16) + ' '.repeat(32) + String(size).padEnd(10) + '`\n';
    const [member] = readAr(Buffer.from(`!<arch>\n${header}${name}hi`));
    expect(member?.name).toBe('a-long-name-of-bsd.o');
    expect(Buffer.from(member!.bytes).toString()).toBe('hi');
  });

  it('reads long names of COFF archives, which end with 0', () => {
    const table = 'core-1.core.0-cgu.0.rcgu.o\0other-1.rcgu.o\0';
    const member = (name: string, content: string) =>
      `${name.padEnd(48)}${String(content.length).padEnd(10)}\`\n${content}${content.length % 2 ? '\n' : ''}`;
    const read = readAr(Buffer.from(`!<arch>\n${member('//', table)}${member('/0', 'hi')}${member('/27', 'ho')}`));
    expect(read.map(({ name }) => name)).toEqual(['core-1.core.0-cgu.0.rcgu.o', 'other-1.rcgu.o']);
  });

  it.each([
    ['other bytes', Buffer.from('!<thin>\n'), /not an ar archive/],
    ['a cut-off member', buildAr([{ name: 'x', bytes: new Uint8Array(100) }]).subarray(0, 120), /outside the file/],
    ['a broken header', Buffer.from(`!<arch>\n${'x'.repeat(60)}`), /without its end mark \(at offset 0x8\)/],
    ['a broken size', Buffer.from(`!<arch>\n${'x'.padEnd(48)}${'12z'.padEnd(10)}\`\n`), /with the size "12z"/],
    ['a name outside the table', Buffer.from(`!<arch>\n${'/9'.padEnd(48)}${'0'.padEnd(10)}\`\n`), /name is at 9/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readAr(bytes)).toThrow(message);
  });

  it('survives any mutation', () => {
    const original = buildAr([
      { name: 'a.o', bytes: new Uint8Array(5) },
      { name: 'b'.repeat(30), bytes: new Uint8Array(7) },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          for (const member of readAr(bytes)) expect(member.bytes.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
