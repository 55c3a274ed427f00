import { type Tree, updateJson } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { treeWithMini } from '../../testing/mini-tree';
import ciWorkflowGenerator from './ci-workflow.impl';

const FILE = '.github/workflows/boot.yml';

describe('the generator ci-workflow', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = treeWithMini();
  });

  it('installs what the systems of the workspace need, and boots what is affected', async () => {
    updateJson(tree, 'nx.json', (json) => ({ ...json, defaultBase: 'trunk' }));
    await ciWorkflowGenerator(tree, {});
    const text = tree.read(FILE, 'utf8')!;
    expect(text).toContain('rustup toolchain install 1.95.0');
    expect(text).toMatch(/--no-install-recommends lld qemu-system-arm$/m);
    expect(text).toContain('branches: [trunk]');
    expect(text).toContain('nx affected -t boot');
    // Every action is named by a commit, and nothing may be written.
    for (const [, version] of text.matchAll(/uses: \S+@(\S+)/g)) expect(version).toMatch(/^[0-9a-f]{40}$/);
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it('brings firmware for systems that boot from a disk', async () => {
    const system = tree.read('recipes/mini/system.toml', 'utf8')!;
    tree.write('recipes/mini/system.toml', system.replace('boot = "direct"', 'boot = "uefi"\nbootloader = "init"'));
    await ciWorkflowGenerator(tree, { name: 'disk' });
    expect(tree.read('.github/workflows/disk.yml', 'utf8')).toContain('lld qemu-efi-aarch64 qemu-system-arm');
  });

  it('overwrites nothing, and refuses names that are none', async () => {
    tree.write(FILE, 'mine');
    await expect(ciWorkflowGenerator(tree, {})).rejects.toThrow(/there is such a workflow already/);
    await expect(ciWorkflowGenerator(tree, { name: '../x' })).rejects.toThrow(/option name is "..\/x": lower-case/);
    expect(tree.read(FILE, 'utf8')).toBe('mine');
    tree.delete('recipes/toolchain/toolchain.toml');
    await expect(ciWorkflowGenerator(tree, { name: 'other' })).rejects.toThrow(/no such file/);
  });
});
