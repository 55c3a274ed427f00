import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, SourceWorkspace } from '../testing/sources';
import { updateLock } from './update';

let space: SourceWorkspace;
beforeEach(() => {
  space = new SourceWorkspace();
});
afterEach(() => space.remove());

const update = (recipe: string, sharedBy: string[] = []) => updateLock(space.root, recipe, { sharedBy }, space.task());
const crate = (name: string, dependencies = '') => `[package]\nname = "${name}"\nversion = "0.1.0"\n${dependencies}`;
const daemon = (name: string) => ({
  [`${name}/Cargo.toml`]: crate(name, '[dependencies]\nshared = { path = "../shared" }\n'),
  [`${name}/src/main.rs`]: 'fn main() {}\n',
});

describe('two daemons and a library in one repository', () => {
  it('a commit changes only the locks of those that it touches', async () => {
    const repository = space.repository('daemons');
    const first = repository.commit({
      'Cargo.toml': '[workspace]\nmembers = ["one", "two", "shared"]\n',
      'shared/Cargo.toml': crate('shared'),
      'shared/src/lib.rs': '',
      ...daemon('one'),
      ...daemon('two'),
    });
    const source = `git = "${repository.path}"\n[build]\ntemplate = "cargo"\n[nx]\nkind = "program"\n`;
    space.write('r/one/recipe.toml', `[source]\n${source}`);
    space.write('r/two/recipe.toml', `[source]\n${source}`);
    space.write(
      'r/three/recipe.toml',
      '[source]\nsame_as = "../two"\n[build]\ntemplate = "cargo"\n[nx]\npackage = "one"\n',
    );
    for (const recipe of ['r/one', 'r/two', 'r/three']) expect((await update(recipe)).done).toBe('written');
    const commitOf = (recipe: string) => /commit = "(.*)"/.exec(space.read(`${recipe}/recipe.lock`))?.[1];
    expect(space.read('r/one/recipe.lock')).toContain('packages = ["one"]');

    const touchOne = repository.commit({ 'one/src/main.rs': 'fn main() { loop {} }\n' });
    expect((await update('r/one')).done).toBe('written');
    expect((await update('r/two')).done).toBe('unchanged');
    expect([commitOf('r/one'), commitOf('r/two')]).toEqual([touchOne, first]);
    expect(space.read('r/one/source/one/src/main.rs')).toContain('loop');
    for (const recipe of ['r/one', 'r/two']) expect(await space.fetch(recipe)).toMatchObject({ done: 'up-to-date' });

    repository.commit({ 'README.md': 'hello\n' });
    expect([(await update('r/one')).done, (await update('r/two')).done]).toEqual(['unchanged', 'unchanged']);

    // The tree of `two` must move for `three`, which builds `one` from it.
    expect((await update('r/two', ['r/three'])).done).toBe('written');
    expect(await failure(space.fetch('r/three'))).toContain('../two has moved');
    expect((await update('r/three')).done).toBe('written');

    const touchBoth = repository.commit({ 'shared/src/lib.rs': 'pub fn x() {}\n' });
    expect([(await update('r/one')).done, (await update('r/two')).done]).toEqual(['written', 'written']);
    expect([commitOf('r/one'), commitOf('r/two')]).toEqual([touchBoth, touchBoth]);
  });
});

describe('a recipe.lock', () => {
  it('that was merged badly, damaged or edited is refused', async () => {
    const repository = space.repository('one');
    repository.commit({ x: '1' });
    space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    await update('r/a');
    const lock = space.read('r/a/recipe.lock');
    space.write('r/a/recipe.lock', `<<<<<<< ours\n${lock}=======\n${lock}>>>>>>> theirs\n`);
    expect(await failure(space.fetch('r/a'))).toContain('r/a/recipe.lock: two versions of this file were merged');
    space.write('r/a/recipe.lock', lock.replace('commit', 'comit'));
    expect(await failure(space.fetch('r/a'))).toContain('did you mean "commit"?');
    space.write('r/a/recipe.lock', lock.replace(/sha256:..../, 'sha256:0000'));
    expect(await failure(space.fetch('r/a'))).toContain(
      'recipe.lock does not fit the source: its digest is another one',
    );
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    expect(await failure(space.fetch('r/a'))).toContain('its digest is another one');
    expect(space.exists('r/a/source')).toBe(false);
  });
});
