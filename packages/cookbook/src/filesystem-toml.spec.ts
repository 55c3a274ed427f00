import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { filesystemToml } from './filesystem-toml';
import { ConfigReader } from './merge';

const write = (text: string) => filesystemToml(new ConfigReader(() => text).merge('config/x.toml').config!);

describe('filesystemToml', () => {
  // As redox_installer 0.2.42 writes it with --output-config.
  it('writes what the installer writes', () => {
    expect(
      write(`
[groups.sudo]
members = ["user", "root"]
gid = 1
[users.user]
password = ""
[users."we ird"]
name = 'Zoe "Z"'
[packages]
kernel = {}
base = "source"
[[files]]
data = "\\nline\\n"
path = "/a"
mode = 0o755
[[files]]
path = "/b"
data = "x"
append = true
[general]
filesystem_size = 5
prompt = false
`),
    ).toBe(`include = []

[general]
prompt = false
filesystem_size = 5

[packages]
base = "source"

[packages.kernel]

[[files]]
path = "/a"
data = """

line
"""
symlink = false
directory = false
mode = 493
recursive_chown = false
postinstall = false

[[files]]
path = "/b"
data = "x"
symlink = false
directory = false
recursive_chown = false
postinstall = false
append = true

[users.user]
password = ""

[users."we ird"]
name = 'Zoe "Z"'

[groups.sudo]
gid = 1
members = [
    "user",
    "root",
]
`);
    expect(write('')).toBe('include = []\nfiles = []\n\n[general]\n\n[packages]\n\n[users]\n\n[groups]\n');
  });

  it.each([
    ['plain ü', '"plain ü"'],
    ['tab\t', '"tab\\t"'],
    ['a "b"', `'a "b"'`],
    ['back\\slash', "'back\\slash'"],
    [`both ' and "`, `"""both ' and """"`],
    [`"' \\`, `'''"' \\'''`],
    ['a\nb', '"""\na\nb"""'],
    ['a\\\nb', "'''\na\\\nb'''"],
    [`''' """ \\`, `"''' \\"\\"\\" \\\\"`],
    [`\n''' """`, `"""\n\n''' ""\\""""`],
    ['cr\r\n', '"""\ncr\\r\n"""'],
    ['bell\x07del\x7f', '"bell\\u0007del\\u007F"'],
  ])('writes %j', (value, written) => {
    expect(write(`[users.u]\npassword = ${JSON.stringify(value).replaceAll('\x7f', '\\u007f')}`)).toContain(
      `password = ${written}\n`,
    );
  });

  it('says the same as the config, whatever is in its strings', () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      '\t',
      '\b',
      '\f',
      '\x01',
      '\x7f',
      'a',
      'ü',
      '😀',
      '#',
      '=',
    );
    const value = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
    const quote = (text: string) => JSON.stringify(text).replaceAll('\x7f', '\\u007f');
    fc.assert(
      fc.property(value, value, (data, name) => {
        const key = name.replaceAll(/[;/\n\r]/g, '') || 'x';
        const text = `[[files]]\npath = "/a"\ndata = ${quote(data)}\n[users.${quote(key)}]\nuid = 1\n`;
        expect(parse(write(text))).toMatchObject({ files: [{ path: '/a', data }], users: { [key]: { uid: 1 } } });
      }),
    );
  });
});
