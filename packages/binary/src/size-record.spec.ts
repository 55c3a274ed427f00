import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElf } from './elf';
import { programSizes, requireBudget, type SizedFile } from './size-record';
import { buildElf } from './testing';

const file = (size: number, crates: Record<string, number>, path = 'usr/bin/a'): SizedFile => ({
  path,
  size,
  sizes: { sections: { '.text': size - 10 }, crates },
});
const budget = { limit: 100, what: 'a', file: 'recipes/a/recipe.toml' };
const whole = (...files: SizedFile[]) => ({ size: files.reduce((sum, { size }) => sum + size, 0), files });

describe('a budget', () => {
  it('that is kept says nothing', () => {
    expect(() => requireBudget(budget, whole(file(100, {})), undefined)).not.toThrow();
  });

  it('says what grew, by file, section and crate', () => {
    const now = whole(file(120, { core: 80, serde: 20, alloc: 5 }));
    const last = whole(file(90, { core: 60, alloc: 7 }));
    expect(() => requireBudget(budget, now, last)).toThrow(
      new RegExp(
        [
          '^a has 120 bytes, 20 more than its budget of 100',
          'what grew since the last build, which has 90 bytes:',
          'bytes +change +file',
          ' +120 +\\+30 +usr/bin/a',
          'bytes +change +section',
          ' +110 +\\+30 +\\.text',
          'bytes +change +crate',
          ' +80 +\\+20 +core',
          ' +20 +new +serde$',
        ].join('\n'),
      ),
    );
  });

  it('says what is large, if there is nothing to compare or nothing grew', () => {
    expect(() => requireBudget(budget, whole(file(120, { core: 80 })), undefined)).toThrow(
      /no earlier build[^]*bytes +crate\n +80 +core/,
    );
    const same = whole(file(120, { core: 80 }));
    expect(() => requireBudget(budget, same, same)).toThrow(/did not grow: the last build has 120 bytes[^]*80 +core/);
  });

  it('is exact', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (size, limit) => {
        const check = () => requireBudget({ ...budget, limit }, { size, files: [] }, undefined);
        if (size > limit) expect(check).toThrow(`${size - limit} more than its budget`);
        else expect(check).not.toThrow();
      }),
    );
  });
});

it('sizes of a program are those of its loaded sections', () => {
  const sections = [
    { name: '.text', flags: 6, address: 0x400000n, bytes: new Uint8Array(12) },
    { name: '.bss', type: 8, flags: 3, address: 0x401000n, size: 7 },
    { name: '.debug_info', bytes: new Uint8Array(33) },
  ];
  const symbols = [{ name: '_RNvCs1_4core3one', value: 0x400000n, size: 8n, type: 2, section: 1 }];
  expect(programSizes(parseElf(buildElf({ sections, symbols })))).toEqual({
    sections: { '.text': 12 },
    crates: { core: 8, '(none)': 4 },
  });
  expect(programSizes(parseElf(buildElf({ sections })))).toEqual({ sections: { '.text': 12 }, crates: {} });
});
