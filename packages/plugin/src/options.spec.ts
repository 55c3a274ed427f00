import { describe, expect, it } from 'vitest';
import { normalizeOptions, optionsFor } from './options';

describe('normalizeOptions', () => {
  it('names no systems by itself', () => {
    for (const options of [undefined, null, {}])
      expect(normalizeOptions(options)).toMatchObject({
        systems: [],
        explicit: false,
        configs: ['minimal'],
        libc: 'relibc',
      });
  });

  it('takes the systems of nx.json, each once', () => {
    expect(normalizeOptions({ systems: ['redox', 'mini', 'redox'] })).toMatchObject({
      systems: ['redox', 'mini'],
      explicit: true,
    });
  });

  it('finds all systems if nx.json names none, whatever they are called', () => {
    const files = ['recipes/tiny/system.toml', 'recipes/other/a/recipe.toml', 'recipes/big/system.toml'];
    expect(optionsFor(files, {})).toMatchObject({ systems: ['big', 'tiny'], explicit: false });
    expect(optionsFor(files, { systems: ['tiny'] })).toMatchObject({ systems: ['tiny'], explicit: true });
    expect(optionsFor([], undefined).systems).toEqual([]);
  });

  it('takes what recipes of a checkout read elsewhere', () => {
    const inputs = { kernel: ['tools/x.ld'] };
    expect(normalizeOptions({ inputs, env: { __proto__: null, kernel: ['USER'] } })).toMatchObject({ inputs });
    for (const bad of [{ inputs: [] }, { inputs: { kernel: ['../x'] } }, { env: { kernel: ['A B'] } }, { env: 'A' }])
      expect(() => normalizeOptions(bad)).toThrow(/"(inputs|env)" must be an object of lists/);
  });

  it('takes the board of the Makefile', () => {
    expect(normalizeOptions({}, { BOARD: 'raspi3bp' }).board).toBe('raspi3bp');
    expect(normalizeOptions({ board: 'x' }, { BOARD: 'raspi3bp' }).board).toBe('x');
  });

  it.each([
    [['mini'], 'they must be an object, such as { "systems": ["mini"] }'],
    [{ system: 'mini' }, 'unknown option "system"; there are: systems, prefix, targetNames, configs'],
    [{ systems: 'mini' }, '"systems" must be a list of folder names in recipes/, such as ["mini"]'],
    [{ systems: ['../x'] }, '"systems" must be a list of folder names in recipes/, such as ["mini"]'],
    [{ systems: ['a'], configs: ['b'] }, 'name one of them'],
    [{ prefix: 'a b' }, '"prefix" must be'],
    [{ targetNames: { bild: 'x' } }, '"targetNames" has "bild"; there are: boot, build'],
    [{ targetNames: { build: 'a', boot: 'a' } }, 'two targets one name'],
    [{ configs: 'minimal' }, '"configs" must be a list of configs'],
    [{ backend: 'gcc' }, '"backend" must be one of cranelift, llvm'],
    [{ fallback: 'always' }, '"fallback" must be one of known, never'],
    [{ libc: '../x' }, '"libc" must be a name'],
  ])('refuses %j', (options, message) => {
    expect(() => normalizeOptions(options)).toThrow(message);
    expect(() => normalizeOptions(options)).toThrow(/^nx\.json, options of @nx-redox\/plugin: /);
  });
});
