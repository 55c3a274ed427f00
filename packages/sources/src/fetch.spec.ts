import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, SourceWorkspace } from './testing/sources';
import { LIMITS } from './task';

let space: SourceWorkspace;
beforeEach(() => {
  space = new SourceWorkspace();
});
afterEach(() => space.remove());

const update: SourceWorkspace['update'] = (...args) => space.update(...args);
const recipeOf = (source: string, rest = '') => `[source]\n${source}\n${rest}`;

const fetched = (extra?: string) => space.fetched(extra);
const leftovers = () => space.leftovers('r/a');

describe('a source in the workspace', () => {
  it('is used in place, or said to be missing', async () => {
    space.write('m/a/recipe.toml', recipeOf('path = "."', '[build]\ntemplate = "cargo"\n'));
    space.write('m/b/recipe.toml', recipeOf('path = "../../lib/"'));
    space.write('lib/x', '');
    expect(await space.fetch('m/a')).toEqual({ folder: 'm/a', done: 'in-place' });
    expect(await space.fetch('m/b')).toEqual({ folder: 'lib', done: 'in-place' });
    expect((await update('m/b')).done).toBe('none');
    space.write('m/c/recipe.toml', '');
    expect(await space.fetch('m/c')).toEqual({ done: 'none' });
    space.write('m/d/recipe.toml', recipeOf('path = "source"'));
    expect(await failure(space.fetch('m/d'))).toBe(
      'm/d/recipe.toml:2:8: the source folder m/d/source does not exist\n  → path is relative to the folder of the recipe',
    );
    space.write('m/d/source', 'a file');
    expect(await failure(space.fetch('m/d'))).toContain('m/d/recipe.toml:2:8: the source m/d/source is not a folder');
  });

  it('shows all mistakes of a recipe.toml', async () => {
    space.write('a/recipe.toml', '[sourc]\npath = "."\n[build]\ntemplat = "cargo"\n');
    const text = await failure(space.fetch('a'));
    expect(text).toContain('2 mistakes:');
    expect(text).toContain('a/recipe.toml:1:2: unknown table "sourc" in the file\n  → did you mean "source"?');
    expect(await failure(space.fetch('nowhere'))).toBe(
      'nowhere/recipe.toml: cannot be read (ENOENT)\n  → the option "recipe" must name the folder of a recipe.toml',
    );
  });
});

describe('a git source', () => {
  it('is the commit that recipe.lock names, and nothing is done twice', async () => {
    const repository = await fetched();
    expect(space.read('r/a/source/main.txt')).toBe('first\nsecond\nthird\n');
    expect(await space.fetch('r/a')).toEqual({ folder: 'r/a/source', done: 'up-to-date' });
    repository.commit({ 'main.txt': 'newer\n' });
    expect(await space.fetch('r/a')).toEqual({ folder: 'r/a/source', done: 'up-to-date' });
    expect((await update('r/a')).done).toBe('written');
    expect(space.read('r/a/source/main.txt')).toBe('newer\n');
    expect(leftovers()).toEqual([]);
  });

  it('needs a lock, and one that fits the recipe', async () => {
    const repository = space.repository('one');
    repository.commit({ x: '1' });
    repository.git('branch', 'stable');
    space.write('r/a/recipe.toml', recipeOf(`git = "${repository.path}"`));
    expect(await failure(space.fetch('r/a'))).toContain('r/a/recipe.toml: there is no recipe.lock');
    await update('r/a');
    space.write('r/a/recipe.toml', recipeOf(`git = "${repository.path}"\nbranch = "stable"\nscript = "true"`));
    const text = await failure(space.fetch('r/a'));
    expect(text).toContain('r/a/recipe.lock: recipe.toml has changed since this was written:');
    expect(text).toContain('branch is stable now and was not set');
    expect(text).toContain('the script has changed');
  });

  it.each(['tag', 'annotated', 'short', 'full', 'branch', 'default'] as const)('is found by its %s', async (how) => {
    const repository = space.repository('one');
    const wanted = repository.commit({ 'x.txt': 'wanted\n' });
    repository.git('tag', 'v1');
    repository.git('tag', '-a', 'v2', '-m', 'two');
    repository.git('branch', 'old');
    const newest = repository.commit({ 'x.txt': 'newest\n' });
    const keys = {
      tag: 'rev = "v1"',
      annotated: 'rev = "v2"',
      short: `rev = "${wanted.slice(0, 9)}"`,
      full: `rev = "${wanted}"`,
      branch: 'branch = "old"',
      default: '',
    };
    space.write('r/a/recipe.toml', recipeOf(`git = "${repository.path}"\n${keys[how]}`));
    await update('r/a');
    expect(space.read('r/a/recipe.lock')).toContain(`commit = "${how === 'default' ? newest : wanted}"`);
    expect(space.read('r/a/source/x.txt')).toBe(how === 'default' ? 'newest\n' : 'wanted\n');
  });

  it('has one commit of history, or all of it on demand', async () => {
    const repository = await fetched();
    repository.commit({ 'main.txt': 'x\n' });
    const count = (recipe: string) => space.gitIn(recipe, 'rev-list', '--count', 'HEAD');
    space.write('r/b/recipe.toml', recipeOf(`git = "${repository.path}"\nshallow_clone = false`));
    await update('r/a');
    await update('r/b');
    // By a plain path git would take a short cut, but not for one commit.
    expect(count('r/a')).toBe('1');
    expect(count('r/b')).toBe('2');
    expect(space.gitIn('r/a', 'status', '--porcelain')).toBe('');
  });

  it('takes insteadOf and relative paths, and says what a repository lacks', async () => {
    const repository = space.repository('one');
    repository.commit({ x: '1' });
    writeFileSync(
      space.gitConfig,
      `[url "${join(space.temporary, 'repositories')}/"]\n\tinsteadOf = https://git.example.org/\n`,
    );
    space.write('r/a/recipe.toml', recipeOf('git = "https://git.example.org/one"'));
    await update('r/a');
    expect(space.read('r/a/recipe.lock')).toContain('git = "https://git.example.org/one"');
    space.write('r/b/recipe.toml', recipeOf('git = "../../../repositories/one"'));
    await update('r/b');
    expect(space.read('r/b/recipe.lock')).toContain('git = "../../../repositories/one"');
    space.write('r/b/recipe.toml', recipeOf('git = "../../../repositories/one"\nbranch = "nope"'));
    expect(await failure(update('r/b'))).toContain('has no branch "nope"');
    space.write('r/b/recipe.toml', recipeOf('git = "../../../repositories/one"\nrev = "nope"'));
    expect(await failure(update('r/b'))).toContain('has no tag, branch or commit "nope"');
    space.write('r/b/recipe.toml', recipeOf(`git = "../../../repositories/one"\nrev = "${'1'.repeat(40)}"`));
    expect(await failure(update('r/b'))).toContain(`has no commit ${'1'.repeat(40)}`);
  });

  it('brings submodules of submodules, as far as git allows their addresses', async () => {
    const inner = space.repository('inner');
    inner.commit({ 'deep.txt': 'deep\n' });
    const middle = space.repository('middle');
    writeFileSync(space.gitConfig, '[protocol "file"]\n\tallow = always\n');
    middle.git('submodule', 'add', '--quiet', '../inner', 'libs/inner');
    middle.commit({ 'mid.txt': 'mid\n' });
    const outer = space.repository('outer');
    outer.git('submodule', 'add', '--quiet', '../middle', 'middle');
    outer.commit({ 'top.txt': 'top\n' });
    // A submodule may point out of itself, as long as it stays in the source.
    space.write('r/a/recipe.toml', recipeOf(`git = "${outer.path}"`));
    await update('r/a');
    expect(space.read('r/a/source/middle/libs/inner/deep.txt')).toBe('deep\n');
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    space.write('r/a/source/middle/libs/inner/deep.txt', 'mine\n');
    expect(await failure(space.fetch('r/a'))).toContain('middle/libs/inner/deep.txt (changed)');

    writeFileSync(space.gitConfig, '');
    rmSync(join(space.root, 'r/a'), { recursive: true });
    rmSync(space.env.REDOX_SOURCE_HOME, { recursive: true });
    space.write('r/a/recipe.toml', recipeOf(`git = "${outer.path}"`));
    expect(await failure(update('r/a'))).toContain("transport 'file' not allowed");
    expect(space.exists('r/a/source')).toBe(false);
  });

  it('leaves out submodules that the recipe does not name', async () => {
    const one = space.repository('one');
    const two = space.repository('two');
    const outer = space.repository('outer');
    one.commit({ 'one.txt': '1\n' });
    two.commit({ 'two.txt': '2\n' });
    writeFileSync(space.gitConfig, '[protocol "file"]\n\tallow = always\n');
    outer.git('submodule', 'add', '--quiet', '../one', 'libs/one');
    outer.git('submodule', 'add', '--quiet', '../two', 'libs/two');
    outer.commit({ 'top.txt': 'top\n' });
    // Nobody needs it, so nobody misses it.
    rmSync(two.path, { recursive: true });
    const recipe = (paths: string) => recipeOf(`git = "${outer.path}"\n[nx]\nsubmodules = ${paths}`);
    space.write('r/a/recipe.toml', recipe('["libs/one"]'));
    await update('r/a');
    expect(space.exists('r/a/source/libs/one/one.txt')).toBe(true);
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    space.write('r/a/recipe.toml', recipe('[]'));
    await update('r/a');
    expect(space.exists('r/a/source/libs/one/one.txt')).toBe(false);
    space.write('r/a/recipe.toml', recipe('["libs/ones"]'));
    expect(await failure(update('r/a'))).toContain('has no submodule libs/ones\n  → did you mean "libs/one"?');
  });

  it('works offline with what is there, and says what is not', async () => {
    const repository = await fetched();
    const next = repository.commit({ 'main.txt': 'next\n' });
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    expect(await space.fetch('r/a', { offline: true })).toMatchObject({ done: 'fetched' });
    expect(await failure(update('r/a', {}, { offline: true }))).toContain('offline: cannot ask');
    space.write('r/b/recipe.toml', recipeOf(`git = "${repository.path}"\nrev = "${next}"`));
    expect(await failure(update('r/b', {}, { offline: true }))).toContain(`offline: commit ${next} of`);
  });

  it('fails within seconds if the server is silent or gone, with three ways out and no password', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      space.write('r/a/recipe.toml', recipeOf(`git = "http://me:hunter2@127.0.0.1:${port}/x.git"`));
      const text = await failure(update('r/a', {}, { limits: { ...LIMITS, answerMs: 700 } }));
      expect(text).toContain(`cannot reach http://***@127.0.0.1:${port}/x.git: no answer for 0.7 s`);
      expect(text).toContain('insteadOf');
      expect(text).toContain('[source] path =');
      expect(text).toContain('[source] tar =');
      expect(text).not.toContain('hunter2');
    } finally {
      silent.close();
    }
    space.write('r/a/recipe.toml', recipeOf(`git = "http://me:hunter2@127.0.0.1:${port}/x.git"`));
    const text = await failure(update('r/a'));
    expect(text).toMatch(/cannot reach .*(refused|connect)/i);
    expect(text).not.toContain('hunter2');
  });

  it('is refused with links that lead out', async () => {
    for (const [target, nested] of [
      ['/etc/passwd', 'link'],
      ['../../outside', 'sub/link'],
    ] as const) {
      const repository = space.repository(`evil-${nested.length}`);
      mkdirSync(join(repository.path, 'sub'));
      symlinkSync(target, join(repository.path, nested));
      repository.commit({ x: '1' });
      space.write('r/a/recipe.toml', recipeOf(`git = "${repository.path}"`));
      expect(await failure(update('r/a'))).toContain(`the link ${nested} leads out of the source, to "${target}"`);
      expect(space.exists('r/a/source')).toBe(false);
      expect(space.exists('r/a/recipe.lock')).toBe(false);
      expect(leftovers()).toEqual([]);
    }
  });

  it('has limits', async () => {
    const repository = space.repository('one');
    repository.commit({ a: 'x'.repeat(1000), b: '1', c: '2' });
    space.write('r/a/recipe.toml', recipeOf(`git = "${repository.path}"`));
    expect(await failure(update('r/a', {}, { limits: { ...LIMITS, entries: 2 } }))).toContain('more than 2 files');
    expect(await failure(update('r/a', {}, { limits: { ...LIMITS, treeBytes: 900 } }))).toContain('holds more than');
  });
});

describe('patches and scripts', () => {
  const PATCH = '--- a/main.txt\n+++ b/main.txt\n@@ -1,3 +1,3 @@\n first\n-second\n+SECOND\n third\n';

  it('are applied in order, then the script runs', async () => {
    space.write('r/a/one.patch', PATCH);
    space.write('r/a/two.patch', PATCH.replace('-second', '-SECOND').replace('+SECOND', '+2'));
    await fetched(
      'patches = ["one.patch", "two.patch"]\nscript = """\ngrep third main.txt\necho made > made.txt\nsed -i s/third/3/ main.txt\n"""',
    );
    expect(space.read('r/a/source/main.txt')).toBe('first\n2\n3\n');
    expect(space.read('r/a/source/made.txt')).toBe('made\n');
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    // `git diff` in the tree shows only what its user does.
    expect(space.gitIn('r/a', 'diff')).toBe('');
    space.write('r/a/two.patch', PATCH.replace('-second', '-SECOND').replace('+SECOND', '+zwei'));
    expect(await failure(space.fetch('r/a'))).toContain('the patch two.patch has changed');
    const before = space.read('r/a/recipe.lock');
    expect((await update('r/a', { keep: true })).done).toBe('written');
    expect(space.read('r/a/recipe.lock').match(/commit = .*/)?.[0]).toBe(before.match(/commit = .*/)?.[0]);
  });

  it('a patch that does not fit is named with hunk and file, and nothing is taken', async () => {
    await fetched();
    const lock = space.read('r/a/recipe.lock');
    const recipe = space.read('r/a/recipe.toml');
    space.write('r/a/bad.patch', PATCH.replace('-second', '-other').replace(' third', ' nowhere'));
    space.write('r/a/recipe.toml', `${recipe}patches = ["bad.patch"]\n`);
    const text = await failure(update('r/a'));
    expect(text).toContain('the patch bad.patch cannot be applied:');
    expect(text).toContain('hunk 1 of main.txt (line 1) does not fit');
    space.write('r/a/bad.patch', PATCH.replaceAll('main.txt', 'gone.txt'));
    expect(await failure(update('r/a'))).toMatch(/gone\.txt/);
    space.write('r/a/bad.patch', PATCH.replaceAll('/main.txt', '/../../../outside.txt'));
    expect(await failure(update('r/a'))).toContain('leads out of the folder by ".."');
    space.write('r/a/recipe.toml', `${recipe}patches = ["missing.patch"]\n`);
    expect(await failure(update('r/a'))).toContain('the patch missing.patch cannot be read (ENOENT)');
    expect(space.read('r/a/recipe.lock')).toBe(lock);
    expect(space.read('r/a/source/main.txt')).toBe('first\nsecond\nthird\n');
  });

  it('a patch of which the lines around have changed is applied by patch(1)', async () => {
    space.write('r/a/fuzzy.patch', PATCH.replace(' third', ' THIRD'));
    await fetched('patches = ["fuzzy.patch"]');
    expect(space.read('r/a/source/main.txt')).toBe('first\nSECOND\nthird\n');
    expect(space.lines.join('\n')).toContain('fuzzy.patch: applied by patch(1)');
  });

  it('a patch cannot make a link that leads out, and a script that fails is shown', async () => {
    space.write(
      'r/a/link.patch',
      'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n',
    );
    expect(await failure(fetched('patches = ["link.patch"]'))).toContain(
      'the link l leads out of the source, to "/etc"',
    );
    space.remove();
    space = new SourceWorkspace();
    const text = await failure(fetched('script = "echo working; false; echo not reached"'));
    expect(text).toContain('the script of [source] ended with status 1');
    expect(text).toContain('  working');
    expect(space.exists('r/a/source')).toBe(false);
  });
});
