import { expect, it } from 'vitest';
import { formatTable } from './table';

it('puts numbers to the right and texts to the left, without spaces at the ends of lines', () => {
  expect(
    formatTable([
      ['bytes', 'name', 'change'],
      ['7', 'init', '+12'],
      ['1234', 'x', ''],
    ]),
  ).toBe('bytes  name  change\n    7  init     +12\n 1234  x\n');
});

it('takes rows of different lengths, and none', () => {
  expect(formatTable([['a'], ['b', 'c']])).toBe('a\nb  c\n');
  expect(formatTable([])).toBe('');
});
