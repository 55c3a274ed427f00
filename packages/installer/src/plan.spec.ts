import { ConfigReader } from '@nx-redox/cookbook';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { passwordHash } from './accounts';
import { planInstallation, type PackageStage } from './plan';
import type { InstallTree } from './tree';

const read = (text: string) => new ConfigReader(() => text).merge('config/a.toml').config!;
const config = (text: string) => read(`[general]\nprompt = false\n${text}`);
const plan = (text: string, packages: PackageStage[] = []): InstallTree =>
  planInstallation('a', config(text), packages, (file) => `text of ${file}`);
const file = (tree: InstallTree, path: string) => tree.nodes.get(path)!;
const staged = (name: string, ...paths: string[]): PackageStage => ({
  name,
  entries: paths.map((path) => ({ path, kind: 'file', mode: 0o755, from: `stage/${name}/${path}` })),
});

describe('planInstallation', () => {
  it('writes files, then packages over them, then files after packages', () => {
    const tree = plan(
      `[[files]]\npath = "/a"\ndata = "first"\n[[files]]\npath = "/b"\ndata = "first"\n[[files]]\npath = "/c"\ndata = "last"\npostinstall = true\n`,
      [staged('p', 'a', 'c')],
    );
    expect(file(tree, 'a')).toMatchObject({ content: { from: 'stage/p/a' }, mode: 0o755 });
    expect(file(tree, 'b')).toMatchObject({ content: 'first', mode: 0o644, uid: 0 });
    expect(file(tree, 'c')).toMatchObject({ content: 'last', mode: 0o644 });
  });

  it('makes folders above, follows links, appends, and changes owners below', () => {
    const tree = plan(`[[files]]
path = "/bin"
data = "usr/bin"
symlink = true
[[files]]
path = "/usr/bin"
data = ""
directory = true
mode = 0o1777
[[files]]
path = "/bin/x"
data = "1"
[[files]]
path = "/usr/bin/x"
data = "2"
append = true
[[files]]
path = "/usr"
data = ""
directory = true
uid = 5
gid = 6
recursive_chown = true
`);
    expect(file(tree, 'bin')).toMatchObject({ kind: 'symlink', target: 'usr/bin' });
    expect(file(tree, 'usr/bin')).toMatchObject({ kind: 'directory', mode: 0o1777, uid: 5, gid: 6 });
    expect(file(tree, 'usr/bin/x')).toMatchObject({ content: '12', uid: 5, gid: 6, mode: 0o644 });
  });

  it('replaces a link by a link, and nothing else', () => {
    const link = (target: string) => `[[files]]\npath = "/l"\ndata = "${target}"\nsymlink = true\n`;
    expect(file(plan(link('a') + link('b')), 'l').target).toBe('b');
    expect(() => plan(`[[files]]\npath = "/l"\ndata = ""\n${link('a')}`)).toThrow('/l is a file already');
  });

  it('says what the packages and the config are', () => {
    const tree = plan('[packages]\nx = "source"\n', [staged('os', 'usr/lib/os-release')]);
    expect(parse(file(tree, 'filesystem.toml').content as string)).toMatchObject({ packages: { x: 'source' } });
    // The installer writes its line before the packages: one that has the file takes it away again.
    expect(file(tree, 'usr/lib/os-release').content).toEqual({ from: 'stage/os/usr/lib/os-release' });
    expect(file(plan(''), 'usr/lib/os-release').content).toBe('VARIANT="a"\n');
  });

  it('adds users by name, with homes, and groups', () => {
    const tree = plan(
      `[users.user]\npassword = "password"\n[users.root]\npassword = ""\nuid = 0\ngid = 0\nname = "root"\nhome = "/root"\n[groups.sudo]\ngid = 1\nmembers = ["user"]\n`,
      [staged('skel', 'etc/skel/.profile')],
    );
    expect(file(tree, 'etc/passwd')).toMatchObject({
      mode: 0o644,
      content: 'root;0;0;root;/root;/bin/ion\nuser;1000;1000;user;/home/user;/bin/ion\n',
    });
    expect(file(tree, 'etc/group')).toMatchObject({
      mode: 0o600,
      content: 'root;x;0;root\nuser;x;1000;user\nsudo;x;1;user\n',
    });
    const shadow = file(tree, 'etc/shadow');
    expect(shadow.mode).toBe(0o600);
    expect(shadow.content).toMatch(/^root;\nuser;\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]+\$[\w+/]{43}\n$/);
    expect(file(tree, 'root')).toMatchObject({ mode: 0o700, uid: 0 });
    expect(file(tree, 'home/user/.local/share/Trash/info')).toMatchObject({ mode: 0o700, uid: 1000, gid: 1000 });
    expect(file(tree, 'home/user/.config/user-dirs.dirs').content).toContain('XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    expect(file(tree, 'home/user/.profile')).toMatchObject({
      mode: 0o600,
      content: 'text of stage/skel/etc/skel/.profile',
    });
    expect(tree.nodes.has('root/Desktop')).toBe(false);
  });

  it('refuses what nobody can answer or nobody should trust', () => {
    const ask = read('[users.a]\n');
    expect(() => planInstallation('c', ask, [], () => '')).toThrow(
      'user "a" has no password, and there is nobody to ask',
    );
    expect(() => plan('encrypt_disk = "x"\n')).toThrow('disks are not encrypted here');
    expect(() => plan('[[files]]\npath = "/a"\ndata = ""\n[[files]]\npath = "/a/b"\ndata = ""\n')).toThrow(
      '/a is a file already',
    );
  });

  it('ends for a circle of links', () => {
    expect(() =>
      plan(
        '[[files]]\npath = "/a"\ndata = "b"\nsymlink = true\n[[files]]\npath = "/b"\ndata = "a"\nsymlink = true\n[[files]]\npath = "/a/x"\ndata = ""\n',
      ),
    ).toThrow(/links/);
  });
});

describe('passwordHash', () => {
  it('is that of the reference implementation for its salt, the same each time, and none for none', () => {
    // Python's argon2-cffi: hash_secret(b"password", salt, 2, 19456, 1, 32, Type.ID)
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$NEFCRTk3NkI1RDA5N0FDRg$94iZYOzM261NAp7CSJice4hTkzw4erADSOgywB1dVp4';
    expect(passwordHash('root', 'password')).toBe(hash);
    expect(passwordHash('user', 'password')).not.toBe(hash);
    expect(passwordHash('root', '')).toBe('');
  });
});
