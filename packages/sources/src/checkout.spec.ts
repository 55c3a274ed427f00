import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchAsIs } from './checkout';
import { sourceTask } from './task';
import { sourceStore } from './store';

describe('fetchAsIs', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const git = (dir: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: join(root, dir),
      stdio: 'pipe',
    });
  const fetch = () =>
    fetchAsIs(
      root,
      'recipes/core/a',
      sourceTask({ log: () => undefined, store: sourceStore({ REDOX_SOURCE_HOME: join(root, 'store') }) }),
    );
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-redox-as-is-'));
    write('up/a.rs', 'one');
    git('up', 'init', '-q', '-b', 'main');
    git('up', 'add', '-A');
    git('up', 'commit', '-qm', 'one');
    write('recipes/core/a/recipe.toml', `[source]\ngit = "file://${root}/up"\n`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('clones a missing source without a lock, and leaves one that is there alone', async () => {
    expect(await fetch()).toEqual({ folder: 'recipes/core/a/source', done: 'fetched' });
    expect(existsSync(join(root, 'recipes/core/a/recipe.lock'))).toBe(false);
    write('recipes/core/a/source/a.rs', 'edited');
    expect(await fetch()).toEqual({ folder: 'recipes/core/a/source', done: 'in-place' });
    expect(readFileSync(join(root, 'recipes/core/a/source/a.rs'), 'utf8')).toBe('edited');
  });

  it('says of a clone that was stopped what to do', async () => {
    mkdirSync(join(root, 'recipes/core/a/source'));
    await expect(fetch()).rejects.toThrow('the source recipes/core/a/source is empty');
    git('recipes/core/a/source', 'init', '-q');
    await expect(fetch()).rejects.toThrow('is half cloned: git has no commit there');
    rmSync(join(root, 'recipes/core/a/source'), { recursive: true });
    git('recipes/core/a', 'clone', '-q', '--no-checkout', `${root}/up`, 'source');
    await expect(fetch()).rejects.toThrow('is half cloned: no file is checked out');
  });
});
