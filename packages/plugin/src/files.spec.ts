import { glob } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { describe, expect, it } from 'vitest';
import { filesBySystem, PROJECT_FILES, systemsOf } from './files';

describe('PROJECT_FILES', () => {
  it('is what Nx matches: manifests of systems, recipes at any depth, the toolchain, and projects of others', () => {
    const tree = createTreeWithEmptyWorkspace();
    const wanted = [
      'recipes/mini/system.toml',
      'recipes/mini/logd/recipe.toml',
      'recipes/redox/wip/net/curl/recipe.toml',
      'recipes/toolchain/toolchain.toml',
      'package.json',
      'apps/init/project.json',
    ];
    const others = [
      'recipes/system.toml',
      'recipes/mini/logd/system.toml',
      'recipes/mini/Cargo.toml',
      'other/mini/logd/recipe.toml',
      'toolchain.toml',
    ];
    for (const file of [...wanted, ...others]) tree.write(file, '');
    expect(glob(tree, [PROJECT_FILES]).sort()).toEqual(wanted.sort());
  });
});

describe('filesBySystem', () => {
  it('keeps the order of the systems and sorts their files', () => {
    const files = [
      'recipes/b/z/recipe.toml',
      'recipes/b/system.toml',
      'recipes/b/x/y/recipe.toml',
      'recipes/a/q/recipe.toml',
      'recipes/b/recipe.toml',
      'recipes/bb/x/recipe.toml',
    ];
    expect(filesBySystem(files, ['b', 'a', 'c'])).toEqual([
      {
        name: 'b',
        dir: 'recipes/b',
        system: 'recipes/b/system.toml',
        recipes: ['recipes/b/x/y/recipe.toml', 'recipes/b/z/recipe.toml'],
      },
      { name: 'a', dir: 'recipes/a', system: undefined, recipes: ['recipes/a/q/recipe.toml'] },
      { name: 'c', dir: 'recipes/c', system: undefined, recipes: [] },
    ]);
    expect([...systemsOf([...files, 'recipes/d/system.toml', 'recipes/e/x/system.toml'])]).toEqual([
      'b',
      'a',
      'bb',
      'd',
    ]);
  });
});
