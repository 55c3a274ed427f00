import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, suggest } from './suggest';

const word = fc.string({ maxLength: 12, unit: fc.constantFrom(...'abcdef') });

describe('editDistance', () => {
  it('is a distance', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  it('gives up beyond the limit and is exact within it', () => {
    fc.assert(
      fc.property(word, word, fc.nat(6), (a, b, limit) => {
        const exact = editDistance(a, b);
        expect(editDistance(a, b, limit)).toBe(exact <= limit ? exact : limit + 1);
      }),
    );
  });

  it('counts a swap of neighbours once', () => {
    expect(editDistance('tempalte', 'template')).toBe(1);
  });
});

describe('suggest', () => {
  const keys = ['template', 'dependencies', 'dev-dependencies', 'configureflags', 'script', 'to'];

  it.each([
    ['templat', 'template'],
    ['tempalte', 'template'],
    ['Template', 'template'],
    ['dependancies', 'dependencies'],
    ['dev_dependencies', 'dev-dependencies'],
    ['configure', 'configureflags'],
    ['scripts', 'script'],
  ])('%s → %s', (written, meant) => {
    expect(suggest(written, keys)).toBe(meant);
  });

  it('finds the word behind any single slip', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...keys.slice(0, 5)),
        fc.nat(),
        fc.constantFrom(...'abcxyz'),
        fc.constantFrom('drop', 'add', 'change', 'swap'),
        (key, place, letter, slip) => {
          const i = place % (key.length - 1);
          const written = {
            drop: key.slice(0, i) + key.slice(i + 1),
            add: key.slice(0, i) + letter + key.slice(i),
            change: key.slice(0, i) + letter + key.slice(i + 1),
            swap: key.slice(0, i) + key[i + 1]! + key[i]! + key.slice(i + 2),
          }[slip]!;
          if (written !== key) expect(suggest(written, keys)).toBe(key);
        },
      ),
    );
  });

  it('says nothing about words that are not alike', () => {
    expect(suggest('frobnicate', keys)).toBeUndefined();
    expect(didYouMean('frobnicate', ['a', 'b'], 'keys')).toBe('keys: a, b');
    expect(didYouMean('frobnicate', [], 'recipes')).toBe('there are no recipes');
    const many = Array.from({ length: 100 }, (_, index) => `${index}`);
    expect(didYouMean('frobnicate', many, 'recipes')).toBe('none of the 100 recipes has a name like that');
  });
});
