import { isAr, readAr } from '@nx-redox/binary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeArchive } from './archive';

const name = fc.stringMatching(/^[\w.-]{1,60}$/);
const member = fc.record({ name, bytes: fc.uint8Array({ maxLength: 50 }), defines: fc.array(name, { maxLength: 3 }) });

describe('writeArchive', () => {
  it('writes what the reader reads, with names and contents of any length', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), (members) => {
        const read = readAr(writeArchive(members));
        expect(read.map(({ name, bytes }) => ({ name, bytes: [...bytes] }))).toEqual(
          members.map(({ name, bytes }) => ({ name, bytes: [...bytes] })),
        );
      }),
    );
  });

  it('indexes symbols by the place of the member that defines them', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), (members) => {
        const archive = Buffer.from(writeArchive(members));
        // The index is the first member: a count, that many offsets of member headers, big endian, then the names.
        const size = Number(archive.toString('latin1', 8 + 48, 8 + 58));
        const index = archive.subarray(68, 68 + size);
        const count = index.readUInt32BE(0);
        const names = index.toString('latin1', 4 + 4 * count).split('\0');
        const found = names.slice(0, -1).map((symbol, number) => {
          const header = index.readUInt32BE(4 + 4 * number);
          const at = readAr(archive).findIndex(({ offset }) => offset === header + 60);
          return { symbol, at };
        });
        expect(found).toEqual(members.flatMap(({ defines }, at) => defines.map((symbol) => ({ symbol, at }))));
      }),
    );
  });

  it('writes an archive without members, which linkers take for an empty library', () => {
    const archive = writeArchive([]);
    expect(isAr(archive)).toBe(true);
    expect(readAr(archive)).toEqual([]);
  });
});
