import { UserError } from '@nx-redox/kit';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { addPatch, addReplacement } from './recipe-edit';

const add = (text: string) => addPatch(text, 'r/recipe.toml', 'new.patch');

describe('addPatch', () => {
  it.each([
    ['[source]\ngit = "u" # why\n\n[build]\n', '[source]\ngit = "u" # why\npatches = ["new.patch"]\n\n[build]\n'],
    ['[source]\r\ntar = "u"\r\n', '[source]\r\ntar = "u"\r\npatches = ["new.patch"]\r\n'],
    ['[source]\ngit = "u"', '[source]\ngit = "u"\npatches = ["new.patch"]\n'],
    ['[source]\ngit = "u"\npatches = []\n', '[source]\ngit = "u"\npatches = ["new.patch"]\n'],
    ['[source]\ngit = "u"\npatches = ["a"] # x\n', '[source]\ngit = "u"\npatches = ["a", "new.patch"] # x\n'],
    ["[source]\ngit = 'u'\npatches = [ 'a', ]\n", "[source]\ngit = 'u'\npatches = [ 'a', \"new.patch\", ]\n"],
    [
      '[source]\npatches = [\n  "a",\n  "b", # for b\n]\ngit = "u"\n',
      '[source]\npatches = [\n  "a",\n  "b", # for b\n  "new.patch",\n]\ngit = "u"\n',
    ],
    [
      '[source]\ngit = "u"\npatches = [\n\t"a" # for a\n]\n',
      '[source]\ngit = "u"\npatches = [\n\t"a", # for a\n\t"new.patch"\n]\n',
    ],
    ['source.git = "u"\n', undefined],
    ['source = { git = "u" }\n', undefined],
    ['[source]\ngit = """u"""\npatches = ["""a"""]\n', '[source]\ngit = """u"""\npatches = ["""a""", "new.patch"]\n'],
    ['[source]\ngit = """\nu"""\n', undefined],
    ['[build]\ntemplate = "none"\n', undefined],
    ['[source\n', undefined],
  ])('%j', (text, expected) => {
    if (expected !== undefined) {
      expect(add(text)).toBe(expected);
      expect((parse(add(text))['source'] as { patches: string[] }).patches.at(-1)).toBe('new.patch');
      return;
    }
    expect(() => add(text)).toThrow(UserError);
    expect(() => add(text)).toThrow(/layout|invalid TOML/);
  });
});

describe('addReplacement', () => {
  const fix = { kind: 'replace' as const, sources: ['u:a', 'u:b'], crate: 'c', by: { recipe: 'r', path: 'p' } };
  const tables =
    '\n[nx.patch."u:a"]\nc = { recipe = "r", path = "p" }\n\n[nx.patch."u:b"]\nc = { recipe = "r", path = "p" }\n';

  it.each([
    ['', tables.slice(1)],
    ['[nx]\n\n', `[nx]\n${tables}`],
    ['# x\n[nx]\nkind = "program"', `# x\n[nx]\nkind = "program"\n${tables}`],
    ['[nx.patch.crates-io]\nd = { path = "d" }\n', `[nx.patch.crates-io]\nd = { path = "d" }\n${tables}`],
    ['[nx]\r\n', `[nx]\r\n${tables.replaceAll('\n', '\r\n')}`],
    ['[nx.patch."u:b"]\nd = { path = "d" }\n', undefined],
    ['nx = { kind = "program" }\n', undefined],
    ['[nx\n', undefined],
  ])('%j', (text, expected) => {
    const edit = () => addReplacement(text, 'r/recipe.toml', fix);
    if (expected === undefined) expect(edit).toThrow(UserError);
    else expect(edit()).toBe(expected);
  });
});
