import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { KeyPath, Position } from './diagnostics';
import { TomlDocument } from './document';
import { locate, offsetOf, positionOf } from './locate';
import { count, list, mapOf, optional, string, table } from './rules';

function at(text: string, { line, column }: Position): string {
  return text.split('\n')[line - 1]!.slice(column - 1);
}

describe('locate', () => {
  const text = `# a comment with [brackets] and key = 1
title = "x" # title = "y"
"quoted key" . inner = '''
not = "a key"
[nor.a.table]
''' # still a comment

[build]
template = "cargo"
flags = [
  "--one", # [no]
  "--two]",
]
script = """
[table]
key = "\\""""" # two quotes belong to the string

[[stage]]
name = "first"
[stage.detail]
depth = { a = 1, "b" = [ { c = 2 } ] }

[[stage]]
name = "second"
[stage.detail]
depth = 1979-05-27 07:32:00
[last]
end = true`;
  const locations = locate(text);
  const cases: [KeyPath, string, string][] = [
    [['title'], 'title = "x"', '"x"'],
    [['quoted key'], '"quoted key" .', '"quoted key" .'],
    [['quoted key', 'inner'], "inner = '''", "'''"],
    [['build'], 'build]', 'build]'],
    [['build', 'template'], 'template =', '"cargo"'],
    [['build', 'flags'], 'flags = [', '['],
    [['build', 'flags', 1], '"--two]"', '"--two]"'],
    [['build', 'script'], 'script = """', '"""'],
    [['stage'], 'stage]]', 'stage]]'],
    [['stage', 0], 'stage]]', 'stage]]'],
    [['stage', 1, 'name'], 'name = "second"', '"second"'],
    [['stage', 0, 'detail', 'depth', 'b', 0, 'c'], 'c = 2', '2 }'],
    [['stage', 1, 'detail', 'depth'], 'depth = 1979', '1979'],
    [['last', 'end'], 'end = true', 'true'],
  ];

  it.each(cases)('finds %j', (path, key, value) => {
    expect(at(text, locations.key(path)!)).toMatch(startingWith(key));
    expect(at(text, locations.value(path)!)).toMatch(startingWith(value));
  });

  it('does not find what is in strings and comments', () => {
    expect(locations.key(['not'])).toBeUndefined();
    expect(locations.key(['nor', 'a', 'table'])).toBeUndefined();
    expect(locations.key(['table'])).toBeUndefined();
    expect(locations.key(['build', 'key'])).toBeUndefined();
  });

  it('tells the second table of an array from the first', () => {
    expect(locations.key(['stage', 0])!.line).toBe(18);
    expect(locations.key(['stage', 1])!.line).toBe(23);
    expect(locations.key(['stage', 0, 'name'])!.line).toBe(19);
  });

  it('falls back to the nearest thing on the way', () => {
    expect(locations.nearest(['build', 'dependencies', 3])).toEqual(locations.key(['build']));
    expect(locations.nearest(['nothing', 'here'])).toEqual({ line: 1, column: 1 });
  });

  it('knows Windows line ends', () => {
    const dos = locate('a = 1\r\n[b]\r\nc = [\r\n 1,\r\n 2 ]\r\nd = 3\r\n');
    expect(dos.key(['b', 'c', 1])).toEqual({ line: 5, column: 2 });
    expect(dos.key(['b', 'd'])).toEqual({ line: 6, column: 1 });
  });

  it('finds every key of any document that smol-toml writes', () => {
    const key = fc
      .oneof(fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/), fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }))
      .filter((name) => name !== '__proto__');
    const { value } = fc.letrec((tie) => ({
      leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant('[x]\n"""# \\ \'')),
      list: fc.oneof(fc.array(tie('leaf'), { maxLength: 4 }), fc.array(tie('table'), { maxLength: 3 })),
      table: fc.dictionary(key, tie('value'), { maxKeys: 4, depthIdentifier: 'toml' }),
      value: fc.oneof({ depthIdentifier: 'toml', maxDepth: 3 }, tie('leaf'), tie('list'), tie('table')),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (document) => {
        const written = stringify(document);
        const found = locate(written);
        for (const path of leafPaths(parse(written))) {
          const position = found.key(path);
          expect(position, `${JSON.stringify(path)} in\n${written}`).toBeDefined();
          const last = path.at(-1)!;
          if (typeof last === 'string') expect(keyAt(at(written, position!))).toBe(last);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds keys wherever spaces, comments and line ends are', () => {
    const space = fc.constantFrom('', ' ', '\t', '  ');
    const gap = fc.constantFrom('', '\n', ' # [no] = "key"\n', '\n\n\t');
    const entry = fc.record({
      name: fc.constantFrom('a', 'b-c', '"d e"', "'f.g'"),
      dot: space,
      value: fc.constantFrom('1', '"#"', '[1, 2]', "'''\nx = 1\n'''", '{ y = 1 }', '"""\\""""', '1.5e3'),
      gap,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: ({ name }) => name, minLength: 1 }),
        space,
        gap,
        (entries, indent, before) => {
          let written = `${before}[${indent}t${indent}.${indent}u${indent}]${indent}\n`;
          const expected: [string, number][] = [];
          for (const { name, dot, value, gap: after } of entries) {
            written += indent;
            expected.push([name, written.length]);
            written += `${name}${dot}.${dot}k${dot}=${dot}${value}${after}\n`;
          }
          const parsed = (parse(written) as { t: { u: Record<string, unknown> } }).t.u;
          const found = locate(written);
          for (const [name, offset] of expected) {
            const key = keyAt(name);
            expect(parsed).toHaveProperty([key, 'k']);
            expect(found.key(['t', 'u', key])).toEqual(positionOf(written, offset));
          }
        },
      ),
    );
  });

  it('always ends, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', ']', '{', '}', '"', "'", '"""', '=', '.', ',', '#', '\n', '\\', 'a', ' ')),
        (parts) => {
          locate(parts.join('')).nearest(['a', 0]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function startingWith(start: string): RegExp {
  return new RegExp(`^${start.replaceAll(/[[\]{}()*+?.\\^$|"]/g, '\\$&')}`);
}

/** The key that a text begins with, read by smol-toml. */
function keyAt(text: string): string {
  const token = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)/.exec(text)![0];
  return Object.keys(parse(`${token} = 1`))[0]!;
}

function leafPaths(value: unknown, path: KeyPath = []): KeyPath[] {
  if (Array.isArray(value))
    return [path, ...value.flatMap((element, index) => leafPaths(element, [...path, index]))].filter(
      (found) => found.length > 0,
    );
  if (typeof value === 'object' && value !== null) {
    return [
      ...(path.length > 0 ? [path] : []),
      ...Object.entries(value).flatMap(([key, element]) => leafPaths(element, [...path, key])),
    ];
  }
  return [path];
}

describe('texts made to take long', () => {
  it('are located in the time that they take to read', () => {
    // Each took minutes while paths were joined again for every key.
    const nested = `[${Array.from({ length: 20_000 }, () => 'a').join('.')}]\nb = 1\n`;
    const lists = `a = ${'['.repeat(200_000)}`;
    const dotted = `${Array.from({ length: 20_000 }, () => 'a').join('.')} = 1\n`;
    const many = Array.from({ length: 100_000 }, (_, index) => `k${index} = ${index}\n`).join('');
    for (const text of [nested, lists, dotted, many]) {
      expect(locate(text).nearest(['a', 'b'])).toEqual({ line: 1, column: expect.any(Number) });
    }
    const { key } = locate(many);
    for (let index = 0; index < 100_000; index++) {
      if (key([`k${index}`])?.line !== index + 1) throw new Error(`k${index}`);
    }
  });

  it('give some mistakes, and the number of the others', () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `wrong${index} = 1\n`).join('');
    const document = new TomlDocument(text, 'x.toml');
    document.read(table({ right: optional(string()) }));
    expect(document.diagnostics).toHaveLength(51);
    expect(document.diagnostics[49]).toMatchObject({ line: 50, message: 'unknown table "wrong49" in the file' });
    expect(document.diagnostics[50]).toMatchObject({
      severity: 'error',
      message: '49950 more unknown keys in the file',
    });
    const other = new TomlDocument(`right = [${'1,'.repeat(50_000)}]`, 'x.toml');
    other.read(table({ right: optional(list(string())) }));
    expect(other.diagnostics).toHaveLength(100);
    expect(other.diagnostics[99]).toMatchObject({ severity: 'error', message: '49901 more mistakes' });
  });
});

describe('offsetOf', () => {
  it('is the inverse of positionOf', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab\r\n]*$/), fc.nat(50), (text, at) => {
        const offset = Math.min(at, text.length);
        expect(offsetOf(text, positionOf(text, offset))).toBe(offset);
      }),
    );
  });
});

describe('line ends in strings', () => {
  it('are the same on every machine', () => {
    const rule = table({ script: optional(string()) });
    const text = 'script = """\ncp a b\ncp c d\n"""\n';
    const [unix, dos] = [text, text.replaceAll('\n', '\r\n')].map((toml) => new TomlDocument(toml, 'x').read(rule));
    expect(unix).toEqual({ script: 'cp a b\ncp c d\n' });
    expect(dos).toEqual(unix);
    expect(new TomlDocument("script = '''\r\na\r\n'''\r\nwrong = 1", 'x').locations.key(['wrong'])).toEqual({
      line: 4,
      column: 1,
    });
  });
});

describe('keys with a meaning in JavaScript', () => {
  it('are keys like all others', () => {
    const read = new TomlDocument('[__proto__]\na = 1\n[constructor]\na = 2\n', 'x').read(
      mapOf(table({ a: optional(count) })),
    );
    expect(Object.entries(read!)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', { a: 2 }],
    ]);
  });
});
