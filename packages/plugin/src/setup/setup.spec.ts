import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main, NX } from './cli';

describe('nx-redox init', () => {
  let root: string;
  let text: string;
  const io = { out: (more: string) => void (text += more), err: (more: string) => void (text += more) };
  const write = (file: string, content: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  };
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const status = () => execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  const init = (...args: string[]) => {
    text = '';
    return main(['init', '--no-install', ...args], io, root);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-setup-'));
    write('recipes/core/kernel/recipe.toml', '');
    write('config/minimal.toml', '');
    execFileSync('git', ['init', '-q'], { cwd: root });
    execFileSync('git', ['add', '-A'], { cwd: root });
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x'], { cwd: root });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('writes a workspace that git does not see, once', async () => {
    expect(await init()).toBe(0);
    expect(text).toContain('created package.json');
    expect(JSON.parse(read('nx.json'))).toMatchObject({
      plugins: [{ plugin: '@nx-redox/plugin', options: { configs: ['minimal'] } }],
    });
    expect(JSON.parse(read('package.json'))).toMatchObject({
      private: true,
      devDependencies: { nx: expect.any(String) },
    });
    expect(read('.nxignore').split('\n')).toContain('!my_*');
    expect(read('.env')).toContain('NX_ISOLATE_PLUGINS=false');
    expect(status()).toBe('');
    write('.nx-redox/edited/base', '');
    write('.nx-redox/work/x', '');
    expect(status()).toBe('?? .nx-redox/\n');
    const before = ['nx.json', 'package.json', '.nxignore', '.env', '.git/info/exclude'].map(read);
    expect(await init()).toBe(0);
    expect(text).toContain('nothing was changed');
    expect(['nx.json', 'package.json', '.nxignore', '.env', '.git/info/exclude'].map(read)).toEqual(before);
  });

  it('asks for the Nx that this repository has', () => {
    const own = JSON.parse(readFileSync(join(__dirname, '../../../../package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(NX).toBe(own.devDependencies['nx']);
  });

  it('only says what it would write with --dry-run', async () => {
    expect(await init('--dry-run')).toBe(0);
    expect(text).toContain('would create nx.json');
    expect(() => read('nx.json')).toThrow();
  });

  it('leaves the files to git with --track', async () => {
    expect(await init('--track')).toBe(0);
    expect(status().split('\n').filter(Boolean).sort()).toEqual(
      ['?? .env', '?? .gitignore', '?? .nxignore', '?? nx.json', '?? package.json'].sort(),
    );
  });

  it('keeps what files say that are there', async () => {
    write('package.json', '{"name":"mine","devDependencies":{"nx":"1.0.0"}}');
    write('.env', 'MINE=1\n');
    write('nx.json', '{"parallel":7,"plugins":["@nx/js"]}');
    expect(await init()).toBe(0);
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'mine', devDependencies: { nx: '1.0.0' } });
    expect(read('.env')).toBe('MINE=1\n');
    expect(JSON.parse(read('nx.json'))).toMatchObject({
      parallel: 7,
      plugins: ['@nx/js', { plugin: '@nx-redox/plugin' }],
    });
  });

  it('refuses a folder that is none, and files that cannot be read', async () => {
    write('nx.json', '{');
    expect(await init()).toBe(1);
    expect(text).toContain('nx.json: is not valid JSON');
    expect(() => read('package.json')).toThrow();
    rmSync(join(root, 'config'), { recursive: true });
    expect(await init()).toBe(1);
    expect(text).toContain('this folder has recipes/ but no config/');
    expect(await main(['initt'], io, root)).toBe(2);
    expect(await init('--trak')).toBe(2);
  });
});
