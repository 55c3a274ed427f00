import { readNxJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { expect, it } from 'vitest';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import presetGenerator from './preset.impl';

it('the generator preset sets a workspace up and says how to go on', async () => {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  await presetGenerator(tree, { name: 'my-os' });
  expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@nx-redox/plugin', options: { systems: ['mini'] } }]);
  expect(tree.exists('recipes/mini/system.toml')).toBe(true);
  expect(tree.exists('recipes/toolchain/toolchain.toml')).toBe(true);
  expect(tree.read('.env', 'utf8')).toContain('NX_ISOLATE_PLUGINS=false');
  const readme = tree.read('README.md', 'utf8')!;
  expect(readme).toMatch(/^# my-os\n/);
  // It names only generators that are there.
  const generators = readdirSync(join(__dirname, '..'));
  const named = [...readme.matchAll(/@nx-redox\/plugin:(\w+)/g)].map(([, name]) => name);
  expect(named).toHaveLength(3);
  expect(generators).toEqual(expect.arrayContaining(named));
});
