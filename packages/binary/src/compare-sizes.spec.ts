import { describe, expect, it } from 'vitest';
import { formatBreakdown, formatChange, formatSizes } from './compare-sizes';
import { emptyBreakdown } from './size';

it('changes have a sign', () => {
  expect([formatChange(1, 3), formatChange(3, 1), formatChange(2, 2), formatChange(undefined, 4)]).toEqual([
    '+2',
    '-2',
    '0',
    '+4',
  ]);
});

describe('formatSizes', () => {
  it('puts two sides beside each other', () => {
    const rows = [
      { name: 'bin/init', size: 300, against: 100 },
      { name: 'bin/new', size: 5 },
      { name: 'bin/old', against: 7 },
    ];
    expect(formatSizes(rows, { name: 'file', size: 'Cranelift', against: 'LLVM' })).toBe(
      [
        'Cranelift  LLVM  change  ratio  file',
        '      300   100    +200  3.00x  bin/init',
        '        5            +5         bin/new',
        '              7      -7         bin/old',
        '',
      ].join('\n'),
    );
  });

  it('says shares of a whole, or nothing where there is none', () => {
    expect(formatSizes([{ name: 'a', size: 1 }], { name: 'part', size: 'bytes' }, { size: 8 })).toBe(
      'bytes  share  part\n    1  12.5%  a\n',
    );
    expect(formatSizes([{ name: 'a', size: 0 }], { name: 'part', size: 'bytes' }, { size: 0 })).toBe(
      'bytes  share  part\n    0         a\n',
    );
  });
});

it('formatBreakdown gives shares of the file, and zeros apart, which are not in it', () => {
  const own = { ...emptyBreakdown(), code: 60, constants: 40, zeros: 9, file: 100 };
  const other = { ...emptyBreakdown(), code: 10, constants: 40, file: 50 };
  const text = formatBreakdown(own, other, { name: 'part', size: 'Cranelift', against: 'LLVM' });
  expect(text).toMatch(/^ +60 +60\.0% +10 +20\.0% +\+50 +6\.00x +code$/m);
  expect(text).toMatch(/zeros in memory only: 9 bytes and 0 bytes\n$/);
  expect(formatBreakdown(other, undefined, { name: 'part', size: 'bytes' })).not.toContain('zeros');
});
