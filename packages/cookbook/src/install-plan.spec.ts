import { formatDiagnostic } from '@nx-redox/kit/toml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { installPlan, type PlanInput } from './install-plan';
import { ConfigReader } from './merge';
import type { PackageStage, StageEntry } from './plan';

const loader: PackageStage = {
  name: 'bootloader',
  entries: ['bootloader.efi', 'bootloader-live.efi', 'bootloader.bios'].map((name): StageEntry => ({
    kind: 'file',
    path: `usr/lib/boot/${name}`,
    mode: 0o644,
    source: `stage/${name}`,
  })),
};

async function planOf(text: string, input: Partial<PlanInput> = {}) {
  const { config } = new ConfigReader(() => text).merge('config/minimal.toml');
  const { plan, diagnostics } = await installPlan({ config: config!, packages: [], bootloader: loader, ...input });
  const nodes = new Map((plan?.nodes ?? []).map((node) => [node.path, node]));
  const content = (path: string) => {
    const node = nodes.get(path);
    return node?.kind === 'file'
      ? node.content.map((part) => ('text' in part ? part.text : `<${part.source}>`)).join('')
      : undefined;
  };
  const show = (path: string) => {
    const { kind, mode, uid, gid } = nodes.get(path) ?? {};
    return kind === undefined ? undefined : `${kind} ${mode!.toString(8)} ${uid}:${gid}`;
  };
  return { plan, nodes, content, show, said: diagnostics.map(formatDiagnostic) };
}

const file = (path: string, mode = 0o644): StageEntry => ({ kind: 'file', path, mode, source: `stage/${path}` });
const noUsers = '[general]\nprompt = false\n';

describe('installPlan', () => {
  it('lets packages overwrite files, and files after them overwrite packages', async () => {
    const { content, show, nodes, said } = await planOf(
      `${noUsers}
[[files]]
path = "/etc/before"
data = "config"
uid = 3
[[files]]
path = "/etc/after"
data = "config"
postinstall = true
[[files]]
path = "/etc/more"
data = "config"
append = true
postinstall = true
mode = 0o600
`,
      {
        packages: [
          {
            name: 'a',
            entries: [
              file('etc/before', 0o4777),
              file('etc/after'),
              file('etc/more'),
              { kind: 'symlink', path: 'bin', target: 'usr/bin' },
            ],
          },
        ],
      },
    );
    expect(said).toEqual([]);
    expect(content('etc/before')).toBe('<stage/etc/before>');
    expect(show('etc/before')).toBe('file 4755 0:0');
    expect(nodes.get('etc/before')!.origin).toBe('package a');
    expect(content('etc/after')).toBe('config');
    expect(nodes.get('etc/after')!.origin).toBe('config/minimal.toml:8');
    expect(content('etc/more')).toBe('<stage/etc/more>config');
    expect(show('etc/more')).toBe('file 600 0:0');
    expect(nodes.get('bin')).toMatchObject({ kind: 'symlink', target: 'usr/bin' });
  });

  it('writes the merged config and what os-release says of it before the packages', async () => {
    const os = '[[files]]\npath = "/usr/lib/os-release"\ndata = "NAME=x\\n"\n';
    const { content, show } = await planOf(noUsers + os, { buildId: 'a"b' });
    expect(content('filesystem.toml')).toMatch(/^include = \[\]\n\n\[general\]\nprompt = false\n/);
    expect(show('filesystem.toml')).toBe('file 644 0:0');
    expect(content('usr/lib/os-release')).toBe('NAME=x\nVARIANT="minimal"\nBUILD_ID="a\\"b"\n');
    const packages = [{ name: 'base', entries: [file('usr/lib/os-release')] }];
    expect((await planOf(noUsers + os, { packages })).content('usr/lib/os-release')).toBe('<stage/usr/lib/os-release>');
  });

  it('takes the first of two packages with the same file, and no empty folders', async () => {
    const { content, said, nodes } = await planOf(noUsers, {
      packages: [
        { name: 'b', entries: [file('usr/bin/x'), { kind: 'directory', path: 'empty', mode: 0o755 }] },
        { name: 'a', entries: [{ ...file('usr/bin/x'), source: 'of-a' } as StageEntry] },
      ],
    });
    expect(content('usr/bin/x')).toBe('<of-a>');
    expect(nodes.has('empty')).toBe(false);
    expect(said).toEqual([
      'usr/bin/x: warning: two packages bring this file: a and b; that of a is taken\n  → let only one of them install it',
    ]);
  });

  it('makes users and groups', async () => {
    const { content, show, nodes, said } = await planOf(`${noUsers}
[[files]]
path = "/etc/skel/.profile"
data = "skel"
mode = 0o755
[[files]]
path = "/etc/skel/d/link"
data = "x"
symlink = true
[[files]]
path = "/home/user/old"
data = "old"
[users.root]
password = "secret"
uid = 0
gid = 0
home = "/root"
[users.user]
name = "A User"
shell = "/bin/sh"
[users.zed]
password = ""
uid = 1500
[groups.sudo]
gid = 1
members = ["user", "root"]
[groups.other]
members = []
`);
    expect(said).toEqual([]);
    expect(content('etc/passwd')).toBe(
      'root;0;0;root;/root;/bin/ion\nuser;1000;1000;A User;/home/user;/bin/sh\nzed;1500;1001;zed;/home/zed;/bin/ion\n',
    );
    expect(content('etc/shadow')).toMatch(/^root;\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]+\$[\w+/]{43}\nuser;\nzed;\n$/);
    expect(content('etc/group')).toBe(
      'root;x;0;root\nuser;x;1000;user\nzed;x;1001;zed\nother;x;1002;\nsudo;x;1;user,root\n',
    );
    expect([show('etc/passwd'), show('etc/shadow'), show('etc/group')]).toEqual([
      'file 644 0:0',
      'file 600 0:0',
      'file 600 0:0',
    ]);
    expect([...nodes.keys()].filter((path) => path.startsWith('root'))).toEqual(['root']);
    expect(show('root')).toBe('directory 700 0:0');
    expect(show('home/user')).toBe('directory 700 1000:1000');
    expect(show('home/user/old')).toBe('file 644 1000:1000');
    expect([content('home/user/.profile'), show('home/user/.profile')]).toEqual(['skel', 'file 600 1000:1000']);
    expect(show('home/zed/.local/share/Trash/info')).toBe('directory 700 1500:1001');
    expect(show('home/user/d')).toBe('directory 700 1000:1000');
    expect(nodes.has('home/user/d/link')).toBe(false);
    expect(content('home/user/.config/user-dirs.dirs')).toBe(`# Produced by redox installer
XDG_DESKTOP_DIR="$HOME/Desktop"
XDG_DOCUMENTS_DIR="$HOME/Documents"
XDG_DOWNLOAD_DIR="$HOME/Downloads"
XDG_MUSIC_DIR="$HOME/Music"
XDG_PICTURES_DIR="$HOME/Pictures"
XDG_PUBLICSHARE_DIR="$HOME/Public"
XDG_TEMPLATES_DIR="$HOME/Templates"
XDG_VIDEOS_DIR="$HOME/Videos"
`);
  });

  it('makes directories with mode and owner, all below them if wanted', async () => {
    const { show } = await planOf(`${noUsers}
[[files]]
path = "/var/tmp"
data = ""
directory = true
mode = 0o1777
[[files]]
path = "/srv/a/file"
data = ""
mode = 0o4711
[[files]]
path = "/srv"
data = ""
directory = true
uid = 5
gid = 6
recursive_chown = true
`);
    expect([show('var'), show('var/tmp'), show('srv'), show('srv/a'), show('srv/a/file')]).toEqual([
      'directory 755 0:0',
      'directory 1777 0:0',
      'directory 755 5:6',
      'directory 755 5:6',
      'file 4711 5:6',
    ]);
  });

  it('says how the disk is laid out', async () => {
    expect((await planOf(`${noUsers}filesystem_size = 196\n`)).plan!.disk).toEqual({
      sizeMiB: 196,
      efiMiB: 1,
      partitions: true,
      bootloader: { efi: 'stage/bootloader.efi', bios: 'stage/bootloader.bios' },
    });
    expect((await planOf(`${noUsers}efi_partition_size = 4\nlive_disk = true\n`)).plan!.disk).toEqual({
      efiMiB: 4,
      partitions: true,
      bootloader: { efi: 'stage/bootloader-live.efi' },
    });
    expect((await planOf(`${noUsers}skip_partitions = true\n`, { bootloader: undefined })).plan!.disk).toMatchObject({
      partitions: false,
      bootloader: {},
    });
  });

  it.each([
    [
      '[users.user]',
      'config/minimal.toml:1: user "user" has no password, and nobody can be asked for one\n  → write it: [users.user] password = "…", or password = "" for a login without one',
    ],
    ['[general]\nencrypt_disk = "x"', 'config/minimal.toml:2: encrypt_disk is not supported: an encrypted RedoxFS'],
    [
      '[[files]]\npath = "/a"\ndata = ""\n[[files]]\npath = "/a/b"\ndata = ""',
      'config/minimal.toml:4: /a is a file (from config/minimal.toml:1), not a directory',
    ],
    [
      '[[files]]\npath = "/a"\ndata = ""\n[[files]]\npath = "/a"\ndata = "b"\nsymlink = true',
      'config/minimal.toml:4: /a is a file (from config/minimal.toml:1) already, which no link replaces',
    ],
    [
      '[[files]]\npath = "/"\ndata = ""\ndirectory = true\nmode = 0o700',
      'config/minimal.toml:1: the root directory is always root’s, with mode 0o755',
    ],
  ])('refuses %j', async (text, expected) => {
    const { plan, said } = await planOf(text);
    expect(plan).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(expected);
  });

  it('refuses a disk that nothing starts, and a package’s file in a folder’s place', async () => {
    expect(
      (await planOf(`${noUsers}live_disk = true`, { bootloader: { name: 'bootloader', entries: [] } })).said,
    ).toEqual([
      expect.stringContaining(
        'config/minimal.toml:3: nothing starts the disk: package bootloader has no usr/lib/boot/bootloader-live.efi',
      ),
    ]);
    const { plan, said } = await planOf(`${noUsers}[[files]]\npath = "/x"\ndata = ""\ndirectory = true`, {
      packages: [{ name: 'a', entries: [file('x')] }],
    });
    expect(plan).toBeUndefined();
    expect(said).toEqual([
      expect.stringContaining('package a: /x is a directory (from config/minimal.toml:3) already'),
    ]);
  });

  it('warns of numbers and names that are there twice', async () => {
    expect((await planOf(`${noUsers}[users.a]\n[users.b]\nuid = 1000\n[groups.a]\nmembers = []`)).said).toEqual([
      expect.stringContaining('config/minimal.toml:4: warning: users "a" and "b" both have the number 1000'),
      expect.stringContaining('config/minimal.toml:6: warning: group "a" is there twice'),
    ]);
  });

  it('does not depend on the order of packages and of their entries', async () => {
    const paths = fc.uniqueArray(fc.constantFrom('a', 'b/c', 'b/d', 'e/f/g', 'e/h'), { minLength: 1 });
    const stages = fc.uniqueArray(fc.record({ name: fc.constantFrom('p', 'q', 'r'), paths }), {
      selector: ({ name }) => name,
    });
    await fc.assert(
      fc.asyncProperty(stages, async (list) => {
        const stage = ({ name, paths }: { name: string; paths: string[] }): PackageStage => ({
          name,
          entries: paths.map((path) => ({ kind: 'file', path, mode: 0o644, source: `${name}/${path}` })),
        });
        const packages = list.map(stage);
        const turned = [...packages].reverse().map(({ name, entries }) => ({ name, entries: [...entries].reverse() }));
        expect((await planOf(noUsers, { packages: turned })).plan).toEqual((await planOf(noUsers, { packages })).plan);
      }),
    );
  });
});
