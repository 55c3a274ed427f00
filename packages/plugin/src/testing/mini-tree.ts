import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { setSystems, addPluginTo } from '../generators/nx-json';

const REPOSITORY = join(__dirname, '..', '..', '..', '..');

/** A virtual workspace with this repository's system mini, in which generators can be tried. */
export function treeWithMini(): Tree {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addPluginTo(tree, []);
  setSystems(tree, ['mini']);
  const visit = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        if (!['target', 'source'].includes(entry.name)) visit(path);
      } else if (/\.(toml|rc|lock)$/.test(path)) {
        tree.write(relative(REPOSITORY, path), readFileSync(path));
      }
    }
  };
  visit(join(REPOSITORY, 'recipes/mini'));
  tree.write('recipes/toolchain/toolchain.toml', '[toolchain]\nrust = "1.95.0"\n');
  return tree;
}

/** Texts of all files of a tree, for comparing two states. */
export function snapshot(tree: Tree): Record<string, string> {
  return Object.fromEntries(tree.listChanges().map(({ path, content }) => [path, content?.toString() ?? '(deleted)']));
}
