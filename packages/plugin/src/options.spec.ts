import { describe, expect, it } from 'vitest';
import { normalizeOptions } from './options';

describe('normalizeOptions', () => {
  it('defaults to mini', () => {
    for (const options of [undefined, null, {}])
      expect(normalizeOptions(options)).toEqual({ systems: ['mini'], explicit: false });
  });

  it('takes the systems of nx.json, each once', () => {
    expect(normalizeOptions({ systems: ['redox', 'mini', 'redox'] })).toEqual({
      systems: ['redox', 'mini'],
      explicit: true,
    });
  });

  it.each([
    [['mini'], 'they must be an object, such as { "systems": ["mini"] }'],
    [{ system: 'mini' }, 'unknown option "system"; there is one option: "systems"'],
    [{ systems: 'mini' }, '"systems" must be a list of folder names in recipes/, such as ["mini"]'],
    [{ systems: ['../x'] }, '"systems" must be a list of folder names in recipes/, such as ["mini"]'],
  ])('refuses %j', (options, message) => {
    expect(() => normalizeOptions(options)).toThrow(`nx.json, options of @nx-redox/plugin: ${message}`);
  });
});
