import { readNxJson, type Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { treeWithMini } from '../../testing/mini-tree';
import { activeSystems } from '../nx-json';
import useGenerator from './use.impl';

describe('the generator use', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = treeWithMini();
    tree.write('recipes/redox/system.toml', '');
  });

  it('puts a system first and keeps the others', async () => {
    await useGenerator(tree, { system: 'redox' });
    expect(activeSystems(tree)).toEqual(['redox', 'mini']);
    await useGenerator(tree, { system: 'mini' });
    expect(activeSystems(tree)).toEqual(['mini', 'redox']);
  });

  it('takes the others out if told so', async () => {
    await useGenerator(tree, { system: 'redox', only: true });
    expect(activeSystems(tree)).toEqual(['redox']);
  });

  it('changes nothing if it is the active one already', async () => {
    const before = tree.read('nx.json', 'utf8');
    await useGenerator(tree, { system: 'mini' });
    expect(tree.read('nx.json', 'utf8')).toBe(before);
  });

  it('keeps other plugins, and gives options to an entry that has none', async () => {
    tree.write('nx.json', JSON.stringify({ plugins: ['a', '@nx-redox/plugin', { plugin: 'b' }] }));
    await useGenerator(tree, { system: 'redox' });
    expect(readNxJson(tree)?.plugins).toEqual([
      'a',
      { plugin: '@nx-redox/plugin', options: { systems: ['redox', 'mini'] } },
      { plugin: 'b' },
    ]);
  });

  it('takes a collection of recipes without a system.toml, and forgets systems that are gone', async () => {
    tree.write('recipes/book/core/zlib/recipe.toml', '');
    tree.delete('recipes/mini');
    await useGenerator(tree, { system: 'book' });
    expect(activeSystems(tree)).toEqual(['book']);
    tree.write('recipes/notes/core/README', '');
    await expect(useGenerator(tree, { system: 'notes' })).rejects.toThrow(/neither a system\.toml nor recipes/);
  });

  it('names the systems that there are', async () => {
    await expect(useGenerator(tree, { system: 'nothing' })).rejects.toThrow(/mini, redox/);
    await expect(useGenerator(tree, { system: 'radox' })).rejects.toThrow(/did you mean "redox"/);
  });
});
