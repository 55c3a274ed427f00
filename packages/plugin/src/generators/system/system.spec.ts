import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { logger, readJson, readNxJson, type Tree } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSystem } from '@nx-redox/recipe/parse';
import { snapshot } from '../../testing/mini-tree';
import { activeSystems } from '../nx-json';
import systemGenerator from './system.impl';
import { templateFiles } from './template';

describe('the generator system', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
    vi.spyOn(logger, 'info').mockImplementation(() => undefined);
  });
  afterEach(() => vi.restoreAllMocks());

  it('sets an empty workspace up and adds a system of that name', async () => {
    await systemGenerator(tree, { name: 'tiny' });
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@nx-redox/plugin', options: { systems: ['tiny'] } }]);
    expect(readJson(tree, 'package.json').devDependencies).toHaveProperty('@nx-redox/plugin');
    expect(tree.exists('recipes/toolchain/toolchain.toml')).toBe(true);
    const text = tree.read('recipes/tiny/system.toml', 'utf8')!;
    const { system, diagnostics } = parseSystem(text, 'recipes/tiny/system.toml');
    expect(diagnostics).toEqual([]);
    expect(system?.name).toBe('tiny');
    expect(text).toMatch(/^# tiny: /m);
    // Relative to the file, as editors read it; here packages are in packages/.
    const schema = /^#:schema \.\.\/\.\.\/node_modules\/@nx-redox\/(.*)\n/.exec(text)?.[1];
    expect(existsSync(join(__dirname, '../../../..', schema!)), schema).toBe(true);
    expect(tree.read('recipes/tiny/README.md', 'utf8')).toContain('nx run tiny:run');
    for (const file of ['Cargo.toml', 'Cargo.lock', 'kernel/src/main.rs', 'initfs/etc/init.rc', '.gitignore'])
      expect(tree.exists(`recipes/tiny/${file}`), file).toBe(true);
  });

  it('takes every file of the template byte by byte, but for the name', async () => {
    await systemGenerator(tree, { name: 'mini' });
    for (const { path, content } of templateFiles().filter(({ path }) => path !== 'README.md'))
      expect(tree.read(`recipes/mini/${path}`)?.equals(content), path).toBe(true);
  });

  it('adds a second one behind the first, and says how its projects are called', async () => {
    await systemGenerator(tree, { name: 'one' });
    const callback = await systemGenerator(tree, { name: 'two', skipPackageJson: true });
    expect(activeSystems(tree)).toEqual(['one', 'two']);
    await callback?.();
    expect(vi.mocked(logger.info).mock.lastCall?.[0]).toContain('Its projects begin with "two-"');
  });

  it.each(['Mini', '../x', '1st', 'toolchain', ''])('refuses the name "%s", and writes nothing', async (name) => {
    const before = snapshot(tree);
    await expect(systemGenerator(tree, { name })).rejects.toThrow(/name|toolchain/);
    expect(snapshot(tree)).toEqual(before);
  });

  it('does not touch a folder that is there', async () => {
    tree.write('recipes/mini/notes.txt', 'mine');
    await expect(systemGenerator(tree, { name: 'mini' })).rejects.toThrow(/is there already/);
    expect(tree.children('recipes/mini')).toEqual(['notes.txt']);
  });
});
