import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToArray, addToOptionalArray, insertTable, parseToml } from './edit';

describe('addToArray', () => {
  const add = (text: string, value = 'm') => addToArray(text, 'Cargo.toml', ['members'], value);

  it('keeps a sorted list in one line sorted', () => {
    expect(add('members = ["a", "z"] # all\n')).toBe('members = ["a", "m", "z"] # all\n');
    expect(add('members = ["a", "b"]\n')).toBe('members = ["a", "b", "m"]\n');
    expect(add('members = []\n')).toBe('members = ["m"]\n');
  });

  it('appends to a list that is not sorted', () => {
    expect(add('members = ["z", "a"]\n')).toBe('members = ["z", "a", "m"]\n');
  });

  it('takes a line of its own where others have one, with their indent and comments', () => {
    const text = 'members = [\n    "a", # first\n    "z", # last\n]\n';
    expect(add(text)).toBe('members = [\n    "a", # first\n    "m",\n    "z", # last\n]\n');
    expect(add(text, 'zz')).toBe('members = [\n    "a", # first\n    "z", # last\n    "zz",\n]\n');
  });

  it('adds the comma that a last line lacks', () => {
    expect(add('members = [\r\n  "a" # ], no end\r\n]\r\n')).toBe(
      'members = [\r\n  "a", # ], no end\r\n  "m"\r\n]\r\n',
    );
  });

  it('says what to add where there is no list', () => {
    expect(() => add('other = 1\n')).toThrow(/layout of members/);
    expect(() => add('members = [\n')).toThrow(/invalid TOML/);
  });

  it('only ever adds: for any list in any layout', () => {
    const item = fc.string({ maxLength: 6 });
    const layout = fc.record({ lines: fc.boolean(), comma: fc.boolean(), comment: fc.boolean(), crlf: fc.boolean() });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), item, layout, (items, value, { lines, comma, comment, crlf }) => {
        const eol = crlf ? '\r\n' : '\n';
        const quoted = items.map((text) => JSON.stringify(text).replaceAll('\x7f', '\\u007f'));
        const end = comma && items.length > 0 ? ',' : '';
        const body = lines
          ? `[${eol}${quoted.join(`,${comment ? ' # "], [' : ''}${eol}  `)}${end}${eol}]`
          : `[${quoted.join(', ')}${end}]`;
        const text = `# before${eol}members = ${body} # behind${eol}x = 1${eol}`;
        const edited = add(text, value);
        const members = parseToml(edited, 'f')['members'] as string[];
        expect([...members].sort()).toEqual([...items, value].sort());
        expect(edited.length).toBeGreaterThan(text.length);
        expect(edited.endsWith(` # behind${eol}x = 1${eol}`)).toBe(true);
      }),
    );
  });
});

describe('insertTable', () => {
  const text = '# top\n\n[[stage]]\nname = "a"\n# about a\n\n# about b\n[[stage]]\nname = "b"\n\n[qemu]\nx = 1\n';
  const insert = (index: number, from = text) =>
    insertTable(from, 'system.toml', ['stage'], index, { name: 'new', timeout: 10 });

  it('puts a table between others, with their comments where they belong', () => {
    expect(insert(1)).toBe(
      '# top\n\n[[stage]]\nname = "a"\n# about a\n\n[[stage]]\nname = "new"\ntimeout = 10\n\n# about b\n[[stage]]\nname = "b"\n\n[qemu]\nx = 1\n',
    );
  });

  it('puts one before the first and behind the last', () => {
    expect(insert(0)).toContain('# top\n\n[[stage]]\nname = "new"\ntimeout = 10\n\n[[stage]]\nname = "a"\n');
    expect(insert(2)).toContain('name = "b"\n\n[[stage]]\nname = "new"\ntimeout = 10\n\n[qemu]\n');
  });

  it('mends a missing end of the last line', () => {
    expect(insert(1, '[[stage]]\nname = "a"')).toBe('[[stage]]\nname = "a"\n\n[[stage]]\nname = "new"\ntimeout = 10\n');
  });

  it('adds to a list of inline tables', () => {
    expect(insert(1, 'stage = [{ name = "a" }, { name = "b" }]\n')).toBe(
      'stage = [{ name = "a" }, { name = "new", timeout = 10 }, { name = "b" }]\n',
    );
  });

  it('refuses a layout in which it would do harm, and says what to add', () => {
    const lines = '[[stage]]\nname = "a"\nscript = """\n[not a header]\n"""\n';
    expect(() => insert(1, lines)).toThrow(/layout of stage/);
  });
});

describe('addToOptionalArray', () => {
  const add = (text: string) => addToOptionalArray(text, 'Cargo.toml', ['workspace'], 'exclude', 'a/source');
  it.each([
    ['[workspace] # all of it\nmembers = []\n', '[workspace] # all of it\nexclude = ["a/source"]\nmembers = []\n'],
    ['[workspace]', '[workspace]\nexclude = ["a/source"]\n'],
    ['x = 1\r\n[workspace]\r\n', 'x = 1\r\n[workspace]\r\nexclude = ["a/source"]\r\n'],
    ['[workspace]\nexclude = ["b"]\n', '[workspace]\nexclude = ["a/source", "b"]\n'],
  ])('%j', (before, after) => {
    expect(add(before)).toBe(after);
  });

  it.each(['workspace = { members = [] }\n', '[workspace.package]\nversion = "1"\n'])('refuses %j', (text) => {
    expect(() => add(text)).toThrow(/workspace.exclude is not one that can be edited/);
  });
});
