import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatError } from '@nx-redox/kit';
import { SourceWorkspace } from '../testing/sources';
import { describeUpdated, sumOfUpdated, updateLocks } from './update-all';

let space: SourceWorkspace;
beforeEach(() => {
  space = new SourceWorkspace();
});
afterEach(() => space.remove());

const updateAll = (folder: string, options = {}) => updateLocks(space.root, folder, options, space.task());

describe('updateLocks', () => {
  it('writes the locks of all recipes, those of shared sources first, whatever else fails', async () => {
    const repository = space.repository('one');
    const first = repository.commit({ 'main.txt': 'first\n' });
    // In alphabetical order the one that owns the source is the last.
    space.write('r/a/recipe.toml', '[source]\nsame_as = "../z"\n');
    space.write('r/b/recipe.toml', `[source]\ngit = "${repository.path}-not"\n`);
    space.write('r/c/recipe.toml', '[source]\npath = "."\n');
    space.write('r/d/recipe.toml', '[source\n');
    space.write('r/e/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    space.write('r/z/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    const results = await updateAll('r');
    expect(results.map(({ recipe, done }) => [recipe, done])).toEqual([
      ['r/a', 'written'],
      ['r/b', 'failed'],
      ['r/d', 'failed'],
      ['r/e', 'written'],
      ['r/z', 'written'],
    ]);
    expect(formatError(results[1]!.error)).toContain('one-not');
    expect(describeUpdated(results[2]!)).toMatch(/^r\/d: no lock:\n {2}r\/d\/recipe\.toml:1:/);
    expect(sumOfUpdated(results)).toBe('locks written: 3, as they were: 0, failed: 2');
    expect(space.read('r/e/recipe.lock')).toContain(first);

    const second = repository.commit({ 'main.txt': 'second\n' });
    const missing = await updateAll('r', { missing: true });
    expect(missing.map(({ recipe }) => recipe)).toEqual(['r/b', 'r/d']);
    expect(sumOfUpdated(await updateAll('r'))).toBe('locks written: 3, as they were: 0, failed: 2');
    expect(space.read('r/z/recipe.lock')).toContain(second);
    for (const recipe of ['r/a', 'r/e', 'r/z']) expect(await space.fetch(recipe)).toMatchObject({ done: 'up-to-date' });
  });

  it('ends when it is interrupted', async () => {
    const repository = space.repository('one');
    repository.commit({ 'main.txt': 'first\n' });
    space.write('r/a/recipe.toml', `[source]\ngit = "${repository.path}"\n`);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(updateLocks(space.root, 'r', {}, space.task({ signal }))).rejects.toThrow('stop');
    expect(space.exists('r/a/recipe.lock')).toBe(false);
  });
});
