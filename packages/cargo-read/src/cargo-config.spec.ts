import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configFiles, configIncludes } from './cargo-config';

describe('configIncludes', () => {
  it.each<[string, string[]]>([
    ['include = ["a.toml", "../b.toml"]', ['a.toml', '../b.toml']],
    ['include = "a.toml"', ['a.toml']],
    ['include = [{ path = "a.toml", optional = true }, "b.toml"]', ['a.toml', 'b.toml']],
    ['[include]\npath = 3', []],
    ['include = [1, [], {}]', []],
    ['[env]\ninclude = "a.toml"', []],
    ['include = [', []],
    ['', []],
  ])('reads %s', (text, names) => {
    expect(configIncludes(text)).toEqual(names);
  });

  it('ends with any text', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(configIncludes(`include${text}`))));
  });
});

describe('configFiles', () => {
  const files: Record<string, string[]> = {
    '.cargo/config.toml': ['../shared/a.toml', '../../outside.toml'],
    'shared/a.toml': ['b.toml'],
    'shared/b.toml': ['a.toml'],
    'sys/.cargo/config': ['own.toml'],
  };
  const found = (...crates: string[]) => configFiles(crates, (file) => files[file] ?? []);

  it('finds them in all folders above, with what they take in, in circles too', () => {
    expect(found('sys/app').sort()).toEqual([
      '../outside.toml',
      '.cargo/config',
      '.cargo/config.toml',
      'shared/a.toml',
      'shared/b.toml',
      'sys/.cargo/config',
      'sys/.cargo/config.toml',
      'sys/.cargo/own.toml',
      'sys/app/.cargo/config',
      'sys/app/.cargo/config.toml',
    ]);
    expect(found('.')).toEqual(found('.').filter((file) => !file.startsWith('sys')));
  });
});
