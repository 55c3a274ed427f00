import { formatDiagnostic } from '@nx-redox/kit/toml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config';

const parse = (text: string) => {
  const { config, diagnostics } = parseConfig(text, 'config/x.toml');
  return { config, said: diagnostics.map(formatDiagnostic) };
};

describe('parseConfig', () => {
  it('reads the format to its last key', () => {
    const { config, said } = parse(`
include = ["base.toml", "../other.toml"]
[general]
cookbook = "."
prompt = false
filesystem_size = 196
efi_partition_size = 2
skip_partitions = false
live_disk = true
write_bootloader = "bootloader.efi"
no_mount = true
[packages]
kernel = {}
base = "source"
"llvm21.dev" = "ignore"
[[files]]
path = "/etc/motd"
data = "hello"
mode = 0o600
uid = 1
gid = 2
postinstall = true
append = true
[[files]]
path = "/home/x"
data = ""
directory = true
recursive_chown = true
[[files]]
path = "/bin"
data = "usr/bin"
symlink = true
[users.root]
password = ""
uid = 0
gid = 0
name = "Root"
home = "/root"
shell = "/bin/sh"
[groups.sudo]
gid = 1
members = ["user"]
`);
    expect(said).toEqual([]);
    expect(config).toMatchObject({
      include: [
        { path: 'base.toml', origin: { line: 2 } },
        { path: '../other.toml', origin: { line: 2 } },
      ],
      general: {
        prompt: { value: false, origin: { file: 'config/x.toml', line: 5 } },
        filesystem_size: { value: 196, origin: { line: 6 } },
      },
      packages: {
        kernel: { origin: { line: 13 } },
        base: { rule: 'source', origin: { line: 14 } },
        'llvm21.dev': { rule: 'ignore' },
      },
      files: [
        { path: '/etc/motd', mode: 0o600, append: true, postinstall: true, origin: { line: 16 } },
        { path: '/home/x', directory: true, origin: { line: 24 } },
        { path: '/bin', symlink: true, origin: { line: 29 } },
      ],
      users: { root: { home: '/root', origin: { line: 33 } } },
      groups: { sudo: { gid: 1, members: ['user'], origin: { line: 40 } } },
    });
  });

  it.each([
    ['include = "base.toml"', ['1:11: include must be a list of strings', '→ write it as a list: ["base.toml"]']],
    ['[genral]', ['1:2: unknown table "genral"', '→ did you mean "general"?']],
    ['[general]\nfilesystem-size = 1', ['2:1: unknown key "filesystem-size"', '→ did you mean "filesystem_size"?']],
    ['[general]\nfilesystem_size = "1G"', ['2:19: general.filesystem_size must be a whole number']],
    ['[general]\nefi_partition_size = 0', ['general.efi_partition_size must be MiB, at least 1']],
    ['[general]\nrepo_binary = true', ['warning: "repo_binary" does nothing']],
    ['[packages]\nkernel = "recipe"', ['packages.kernel = "recipe" is no rule any more']],
    ['[packages]\nkernel = "sources"', ['2:10: packages.kernel = "sources" is unknown', '→ did you mean "source"?']],
    ['[packages]\nkernel = true', ['packages.kernel must be {} or one of source, local, binary, ignore']],
    ['[packages]\nkernel = { version = "1" }', ['warning: packages.kernel.version does nothing']],
    ['[packages]\n"host:kernel" = {}', ['2:1: "host:kernel" cannot be installed', '→ write kernel']],
    ['[packages]\n"a/b" = {}', ['2:1: packages."a/b" must be the name of a recipe']],
    ['[[files]]\npath = "/a"', ['1:3: [files[1]] lacks the key "data"', '→ data = "…": the content']],
    ['[[files]]\npath = "/a"\ncontent = "x"', ['unknown key "content" in [files[1]]', '→ did you mean "data"?']],
    ['[[files]]\npath = "/a"\ndata = ""\nrecursive = true', ['→ did you mean "recursive_chown"?']],
    ['[[files]]\npath = "/a"\ndata = ""\nmode = "0755"', ['4:8: files[1].mode must be a number', '→ mode = 0o755']],
    ['[[files]]\npath = "/a"\ndata = ""\nmode = 755', ['warning: files[1].mode = 755 is decimal: it means 0o1363']],
    ['[[files]]\npath = "/a"\ndata = ""\nmode = 0o17777', ['must be permission bits, at most 0o7777']],
    ['[[files]]\npath = "/a"\ndata = ""\nuid = -1', ['files[1].uid must be a whole number']],
    ['[[files]]\npath = "/a/../../b"\ndata = ""', ['files[1].path must not contain ..']],
    ['[[files]]\npath = "/"\ndata = ""', ['"/" is the root, which can only be a directory']],
    ['[[files]]\npath = "/a"\ndata = "b"\nsymlink = true\nmode = 0o600', ['warning: files[1].mode does nothing']],
    ['[users.a]\npasword = ""', ['2:1: unknown key "pasword"', '→ did you mean "password"?']],
    ['[users."a;b"]', ['1:8: "a;b" cannot be the name of a user']],
    ['[users.a]\nhome = "/"', ['users.a.home must be a folder below the root']],
    ['[groups.a]', ['1:9: [groups.a] lacks the key "members"', '→ members = []']],
    ['[groups.a]\nmembers = ["a,b"]', ['groups.a.members[1] must not contain ;']],
    ['a', ['config/x.toml:1:1: invalid TOML']],
  ])('%j', (text, expected) => {
    const { said } = parse(text);
    expect(said).toHaveLength(1);
    for (const part of expected) expect(said[0]).toContain(part);
  });

  it('knows the lines of files behind one that is left out', () => {
    const { config } = parse('[[files]]\npath = "/a"\n[[files]]\npath = "/b"\ndata = ""\n');
    expect(config!.files).toMatchObject([{ path: '/b', origin: { line: 3 } }]);
  });

  it('takes any text without throwing, and says something of what is no config', () => {
    const line = fc.oneof(
      fc.constantFrom('[general]', '[packages]', '[[files]]', '[users.a]', '[groups.b]', 'include = []', 'data = ""'),
      fc.constantFrom('path = "/a"', 'a = {}', 'mode = 1', 'members = 3', 'password', '"__proto__" = {}', '[files]'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const { config, said } = parse(lines.join('\n'));
        if (config === undefined) expect(said).not.toEqual([]);
      }),
    );
  });
});
