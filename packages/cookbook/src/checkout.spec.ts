import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configNames, cookbookOf, lookUpConfig } from './checkout';

const FILES = [
  'recipes/core/kernel/recipe.toml',
  'recipes/core/kernel/source/recipe.toml',
  'recipes/core/kernel/target/x/recipe.toml',
  'recipes/wip/tools/hello/recipe.toml',
  'config/base.toml',
  'config/minimal.toml',
  'config/aarch64/minimal.toml',
  'config/aarch64/raspi3bp/minimal.toml',
  'config/x86_64/server.toml',
  'config/README.md',
  'mk/config.mk',
];

describe('cookbookOf', () => {
  it('finds recipes and configs in a list of files', () => {
    const cookbook = cookbookOf(FILES)!;
    expect([...cookbook.recipes]).toEqual([
      ['kernel', 'recipes/core/kernel'],
      ['hello', 'recipes/wip/tools/hello'],
    ]);
    expect(cookbook.configs.map(({ file, name, arch, board }) => [file, name, arch, board])).toEqual([
      ['config/aarch64/minimal.toml', 'minimal', 'aarch64', undefined],
      ['config/aarch64/raspi3bp/minimal.toml', 'minimal', 'aarch64', 'raspi3bp'],
      ['config/base.toml', 'base', undefined, undefined],
      ['config/minimal.toml', 'minimal', undefined, undefined],
      ['config/x86_64/server.toml', 'server', 'x86_64', undefined],
    ]);
    expect(cookbook.diagnostics).toEqual([]);
  });

  it('is none without recipes or without configs', () => {
    expect(cookbookOf(FILES.filter((file) => !file.startsWith('recipes/')))).toBeUndefined();
    expect(cookbookOf(FILES.filter((file) => !file.startsWith('config/')))).toBeUndefined();
    expect(cookbookOf([])).toBeUndefined();
  });

  it('reports two recipes of one name', () => {
    const { recipes, diagnostics } = cookbookOf([...FILES, 'recipes/tools/kernel/recipe.toml'])!;
    expect(recipes.get('kernel')).toBe('recipes/tools/kernel');
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        file: 'recipes/tools/kernel/recipe.toml',
        message: 'there are two recipes "kernel": recipes/tools/kernel is taken, not recipes/core/kernel',
      },
    ]);
  });

  it('does not depend on the order of the files', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['recipes/a/x/recipe.toml', 'recipes/b/x/recipe.toml', ...FILES], { minLength: 13 }),
        (files) => {
          expect(cookbookOf(files)).toEqual(cookbookOf([...files].sort()));
        },
      ),
    );
  });
});

describe('configs', () => {
  const cookbook = cookbookOf(FILES)!;

  it.each([
    [{ name: 'minimal', arch: 'aarch64' }, 'config/aarch64/minimal.toml'],
    [{ name: 'minimal', arch: 'x86_64' }, 'config/minimal.toml'],
    [{ name: 'minimal', arch: 'aarch64', board: 'raspi3bp' }, 'config/aarch64/raspi3bp/minimal.toml'],
    // With a board, nothing but its own folder counts.
    [{ name: 'base', arch: 'aarch64', board: 'raspi3bp' }, undefined],
    [{ name: 'server', arch: 'aarch64' }, undefined],
  ])('%j is %s', (wanted, file) => {
    expect(lookUpConfig(cookbook, wanted)).toBe(file);
  });

  it('are named for an architecture and for a board', () => {
    expect(configNames(cookbook, { arch: 'aarch64' })).toEqual(['base', 'minimal']);
    expect(configNames(cookbook, { arch: 'x86_64' })).toEqual(['base', 'minimal', 'server']);
    expect(configNames(cookbook, { arch: 'aarch64', board: 'raspi3bp' })).toEqual(['minimal']);
  });
});
