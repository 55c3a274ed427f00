import { FormatError, parseElf } from '@nx-redox/binary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renameSymbols } from './rename';

const SYMBOL_TABLE = 0x200;
const NAMES = 0x1000;

/** A relocatable file of two sections, symbols and their names. */
function objectFile(names: readonly string[]): Buffer {
  const strings = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`);
  const file = Buffer.alloc(NAMES + strings.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(1, 16);
  file.writeUInt16LE(183, 18);
  file.writeBigUInt64LE(64n, 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  const section = (index: number, type: number, offset: number, size: number, link: number, entry: number) => {
    const at = 64 + index * 64;
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(size), at + 32);
    file.writeUInt32LE(link, at + 40);
    file.writeBigUInt64LE(BigInt(entry), at + 56);
  };
  section(1, 2, SYMBOL_TABLE, 24 * (names.length + 1), 2, 24);
  section(2, 3, NAMES, strings.length, 0, 0);
  let name = 1;
  names.forEach((text, index) => {
    const at = SYMBOL_TABLE + 24 * (index + 1);
    file.writeUInt32LE(name, at);
    // Global, every other one defined, with a value to recognise it by.
    file.writeUInt8(0x10, at + 4);
    file.writeUInt16LE(index % 2, at + 6);
    file.writeBigUInt64LE(BigInt(index), at + 8);
    name += Buffer.byteLength(text) + 1;
  });
  strings.copy(file, NAMES);
  return file;
}

const names = fc.array(fc.stringMatching(/^[\w.$]{1,30}$/), { maxLength: 60 });

describe('renameSymbols', () => {
  it('changes the names that it is told to, and nothing else', () => {
    fc.assert(
      fc.property(names, fc.func(fc.option(fc.stringMatching(/^\w{1,40}$/), { nil: undefined })), (all, newName) => {
        const before = parseElf(objectFile(all));
        const after = parseElf(renameSymbols(before, newName));
        expect(after.symbols()).toEqual(
          before
            .symbols()
            .map((symbol) => (symbol.name === '' ? symbol : { ...symbol, name: newName(symbol.name) ?? symbol.name })),
        );
      }),
    );
  });

  it('leaves a file alone in which nothing changes its name', () => {
    const elf = parseElf(objectFile(['printf', 'malloc']));
    expect(renameSymbols(elf, () => undefined)).toBe(elf.bytes);
  });

  it('refuses what it cannot write, and survives damage', () => {
    const big = objectFile(['printf']);
    fc.assert(
      fc.property(fc.nat({ max: big.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        const damaged = Buffer.from(big);
        damaged[at] = value;
        try {
          renameSymbols(parseElf(damaged), () => 'other');
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
