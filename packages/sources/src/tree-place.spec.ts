import { chmodSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, SourceWorkspace } from './testing/sources';

let space: SourceWorkspace;
beforeEach(() => {
  space = new SourceWorkspace();
});
afterEach(() => space.remove());

const update: SourceWorkspace['update'] = (...args) => space.update(...args);
const recipeOf = (source: string, rest = '') => `[source]\n${source}\n${rest}`;

const fetched = (extra?: string) => space.fetched(extra);
const leftovers = () => space.leftovers('r/a');

describe('changes in a fetched tree', () => {
  it('are never overwritten; what git ignores does not count', async () => {
    const repository = await fetched();
    repository.commit({ 'main.txt': 'newer\n', '.gitignore': '*.o\n' });
    await update('r/a');
    space.write('r/a/source/made.o', 'ignored');
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    space.write('r/a/source/main.txt', 'mine\n');
    space.write('r/a/source/new.txt', 'mine\n');
    const text = await failure(space.fetch('r/a'));
    expect(text).toContain('r/a/source has changes of its own, so it is not what recipe.lock names:');
    expect(text).toContain('main.txt (changed)');
    expect(text).toContain('new.txt (new)');
    expect(text).toContain('to keep them as a patch: git -C r/a/source');
    expect(text).toContain('to drop them: rm -r r/a/source');
    repository.commit({ 'main.txt': 'newest\n' });
    expect(await failure(update('r/a'))).toContain('another source is to take its place');
    expect(space.read('r/a/source/main.txt')).toBe('mine\n');
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    await update('r/a');
    expect(space.read('r/a/source/main.txt')).toBe('newest\n');
  });

  it('a branch with commits counts too, and a removed or executable file', async () => {
    const repository = await fetched();
    chmodSync(join(space.root, 'r/a/source/main.txt'), 0o755);
    expect(await failure(space.fetch('r/a'))).toContain('main.txt (changed)');
    rmSync(join(space.root, 'r/a/source/main.txt'));
    expect(await failure(space.fetch('r/a'))).toContain('main.txt (missing)');
    space.gitIn('r/a', 'checkout', '--quiet', 'main.txt');
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    space.gitIn('r/a', 'branch', 'work');
    repository.commit({ 'main.txt': 'newest\n' });
    expect(await failure(update('r/a'))).toContain('.git/refs/heads/work (new)');
  });

  it('of the same size and time are seen', async () => {
    await fetched();
    const path = join(space.root, 'r/a/source/main.txt');
    const { atimeMs, mtimeMs } = statSync(path);
    writeFileSync(path, 'First\nsecond\nthird\n');
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
    expect(await failure(space.fetch('r/a'))).toContain('main.txt (changed)');
  });

  it('a tree without a record is taken if it is the same, and never replaced if not', async () => {
    await fetched();
    rmSync(join(space.root, 'r/a/.source.json'));
    expect(await space.fetch('r/a')).toMatchObject({ done: 'fetched' });
    rmSync(join(space.root, 'r/a/.source.json'));
    space.write('r/a/source/main.txt', 'mine\n');
    expect(await failure(space.fetch('r/a'))).toContain('main.txt (changed)');
    expect(space.read('r/a/source/main.txt')).toBe('mine\n');
    expect(leftovers()).toEqual([]);
  });
});

describe('times of files', () => {
  it('are the present for what changed, and stay for what did not', async () => {
    const repository = await fetched();
    repository.commit({ 'same.txt': 'same\n' });
    await update('r/a');
    const path = join(space.root, 'r/a/source');
    const old = Date.now() / 1000 - 5000;
    utimesSync(join(path, 'same.txt'), old, old);
    utimesSync(join(path, 'main.txt'), old, old);
    await space.fetch('r/a');
    repository.commit({ 'main.txt': 'other\n' });
    await update('r/a');
    expect(statSync(join(path, 'same.txt')).mtimeMs / 1000).toBeCloseTo(old, 2);
    expect(Date.now() - statSync(join(path, 'main.txt')).mtimeMs).toBeLessThan(60_000);
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
  });
});

describe('several tasks', () => {
  it('at once bring the same tree once, and share the store', async () => {
    await fetched();
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    rmSync(space.env.REDOX_SOURCE_HOME, { recursive: true });
    space.write('r/b/recipe.toml', space.read('r/a/recipe.toml'));
    space.write('r/b/recipe.lock', space.read('r/a/recipe.lock'));
    const results = await Promise.all(['r/a', 'r/b', 'r/a', 'r/b'].map((recipe) => space.fetch(recipe)));
    expect(results.map(({ done }) => done).sort()).toEqual(['fetched', 'fetched', 'up-to-date', 'up-to-date']);
    expect(space.lines.filter((line) => line.startsWith('fetching'))).toHaveLength(2);
    expect(space.read('r/b/source/main.txt')).toBe(space.read('r/a/source/main.txt'));
  });

  it('an interrupted fetch leaves nothing half', async () => {
    await fetched('script = "sleep 0.3; echo x > made.txt"');
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    const controller = new AbortController();
    const running = failure(
      space.fetch('r/a', {
        signal: controller.signal,
        log: (line) => /sleep/.test(line) && controller.abort(new Error('stopped')),
      }),
    );
    expect(await running).toContain('stopped');
    expect(space.exists('r/a/source')).toBe(false);
    expect(leftovers()).toEqual([]);
    // What a killed one leaves behind is removed by the next.
    mkdirSync(join(space.root, 'r/a/.source.999999.0123abcd/x'), { recursive: true });
    expect(await space.fetch('r/a')).toMatchObject({ done: 'fetched' });
    expect(leftovers()).toEqual([]);
  });
});

describe('same_as', () => {
  it('uses the tree of another recipe, with a lock of its own', async () => {
    const repository = await fetched();
    space.write('r/b/recipe.toml', recipeOf('same_as = "../a"'));
    expect(await failure(space.fetch('r/b'))).toContain('r/b/recipe.toml: there is no recipe.lock');
    expect((await update('r/b')).done).toBe('written');
    expect(await space.fetch('r/b')).toEqual({ folder: 'r/a/source', done: 'up-to-date' });
    expect(space.exists('r/b/source')).toBe(false);
    repository.commit({ 'main.txt': 'newer\n' });
    await update('r/a', { sharedBy: ['r/b'] });
    expect(await failure(space.fetch('r/b'))).toContain(
      'r/b/recipe.lock: recipe.lock does not fit the source: ../a has moved',
    );
    expect((await update('r/b')).done).toBe('written');
    expect((await update('r/b')).done).toBe('unchanged');
    space.write('r/a/source/main.txt', 'mine\n');
    expect(await failure(space.fetch('r/b'))).toContain('main.txt (changed)');
  });

  it('in a circle or to nowhere is an error', async () => {
    space.write('r/a/recipe.toml', recipeOf('same_as = "../b"'));
    expect(await failure(space.fetch('r/a'))).toContain('r/a/recipe.toml:2:11: there is no recipe in r/b');
    space.write('r/b/recipe.toml', recipeOf('same_as = "../a"'));
    expect(await failure(space.fetch('r/a'))).toContain('same_as leads in a circle');
    expect(existsSync(join(space.root, 'r/a/source'))).toBe(false);
  });
});
