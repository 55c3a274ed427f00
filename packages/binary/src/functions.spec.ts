import { describe, expect, it } from 'vitest';
import { parseElf } from './elf';
import { functionTable } from './functions';
import { buildElf } from './testing/build-elf';

const table = functionTable(
  parseElf(
    buildElf({
      sections: [
        { name: '.text', flags: 6, address: 0x1000n, bytes: new Uint8Array(0x100) },
        { name: '.data', flags: 3, address: 0x2000n, bytes: new Uint8Array(0x100) },
      ],
      symbols: [
        { name: 'sized', value: 0x1010n, size: 0x10n },
        { name: 'alias', value: 0x1010n, size: 0n },
        { name: '_start', value: 0x1000n, type: 0 },
        { name: '$x', value: 0x1004n, type: 0 },
        { name: 'last', value: 0x1080n },
        { name: 'object', value: 0x2000n, size: 8n, type: 1, section: 2 },
        { name: 'label_of_data', value: 0x2010n, type: 0, section: 2 },
      ],
    }),
  ),
);

describe('functionTable', () => {
  it.each([
    [0xfffn, undefined],
    [0x1000n, { name: '_start', offset: 0n }],
    [0x100fn, { name: '_start', offset: 15n }],
    [0x1010n, { name: 'sized', offset: 0n }],
    [0x101fn, { name: 'sized', offset: 15n }],
    [0x1020n, undefined],
    [0x10ffn, { name: 'last', offset: 0x7fn }],
    [0x1100n, undefined],
    [0x2004n, undefined],
  ])('finds %s', (address, expected) => {
    expect(table.lookup(address)).toEqual(expected);
  });
});
