import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { snapshot } from '../../testing/mini-tree';
import initGenerator from './init.impl';

describe('the generator init', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  });

  it('sets an empty workspace up', async () => {
    await initGenerator(tree, {});
    expect(readNxJson(tree)?.plugins).toEqual(['@nx-redox/plugin']);
    expect(tree.read('.gitignore', 'utf8')).toBe('/dist/\n/target/\n/recipes/**/source/\n/recipes/**/.source*\n');
    expect(tree.read('.nxignore', 'utf8')).toBe('recipes/**/*.md\n');
    expect(Object.keys(readJson(tree, 'package.json').devDependencies)).toEqual(
      ['abi-doctor', 'cargo', 'image', 'initfs', 'plugin', 'qemu', 'recipe', 'sources', 'toolchain'].map(
        (name) => `@nx-redox/${name}`,
      ),
    );
  });

  it('writes the Rust that this repository is built with', async () => {
    await initGenerator(tree, {});
    const ours = readFileSync(join(__dirname, '../../../../../recipes/toolchain/toolchain.toml'), 'utf8');
    expect(tree.read('recipes/toolchain/toolchain.toml', 'utf8')).toBe(ours);
  });

  it('changes nothing when it runs again', async () => {
    await initGenerator(tree, {});
    const once = snapshot(tree);
    await initGenerator(tree, {});
    expect(snapshot(tree)).toEqual(once);
  });

  it('keeps what is there', async () => {
    tree.write('nx.json', JSON.stringify({ plugins: [{ plugin: '@nx-redox/plugin', options: { systems: ['x'] } }] }));
    tree.write('.gitignore', 'node_modules\ndist');
    tree.write('recipes/toolchain/toolchain.toml', '[toolchain]\nrust = "1.90.0"\n');
    tree.write('package.json', JSON.stringify({ devDependencies: { '@nx-redox/plugin': '0.0.1' } }));
    await initGenerator(tree, { keepExistingVersions: true });
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@nx-redox/plugin', options: { systems: ['x'] } }]);
    expect(tree.read('.gitignore', 'utf8')).toBe(
      'node_modules\ndist\n/target/\n/recipes/**/source/\n/recipes/**/.source*\n',
    );
    expect(tree.read('recipes/toolchain/toolchain.toml', 'utf8')).toContain('1.90.0');
    expect(readJson(tree, 'package.json').devDependencies['@nx-redox/plugin']).toBe('0.0.1');
  });

  it('puts the systems that are there into the graph', async () => {
    tree.write('recipes/b/system.toml', '');
    tree.write('recipes/a/system.toml', '');
    await initGenerator(tree, {});
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@nx-redox/plugin', options: { systems: ['a', 'b'] } }]);
  });

  it('leaves nx.json and package.json alone if told so', async () => {
    const [nxJson, packageJson] = [tree.read('nx.json', 'utf8'), tree.read('package.json', 'utf8')];
    await initGenerator(tree, { addPlugin: false, skipPackageJson: true });
    expect([tree.read('nx.json', 'utf8'), tree.read('package.json', 'utf8')]).toEqual([nxJson, packageJson]);
    tree.write('nx.json', JSON.stringify({ useInferencePlugins: false }));
    await initGenerator(tree, { skipPackageJson: true });
    expect(readNxJson(tree)?.plugins).toBeUndefined();
  });
});
