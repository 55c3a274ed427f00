import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '@nx-redox/kit';
import { git } from './workspace';

const REPOSITORY = join(__dirname, '..', '..', '..');
const COOKBOOK = join(REPOSITORY, 'recipes', 'cookbook');

/** A checkout of its own in a folder, complete without this repository: the small one of `recipes/cookbook`. */
export async function copyCheckout(folder: string): Promise<void> {
  // What is shared with mini is linked there. What builds leave behind is not copied.
  const isSource = (path: string) => !['target', '.git', '.nx'].includes(basename(path));
  await cp(COOKBOOK, folder, { recursive: true, dereference: true, filter: isSource });
}

/**
 * Makes a copied checkout what the cookbook makes of one: each source is a clone at the commit that the recipe names, with
 * the recipe's patches in its work tree, and git does not see it from outside.
 */
export async function cloneSources(folder: string): Promise<void> {
  for (const file of await readdir(join(folder, 'recipes'), { recursive: true })) {
    const recipe = dirname(join(folder, 'recipes', file));
    const source = join(recipe, 'source');
    if (!/^[^/]+\/[^/]+\/recipe\.toml$/.test(file) || !existsSync(source)) continue;
    const text = await readFile(join(recipe, 'recipe.toml'), 'utf8');
    const key = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(text)?.[1];
    const patches = /^patches = \[(.*)\]$/m.exec(text)?.[1]?.match(/[^", ]+/g) ?? [];
    await git(source, ['init', '--quiet', `--initial-branch=${key('branch') ?? 'master'}`]);
    for (const patch of patches.toReversed()) await git(source, ['apply', '--reverse', join(recipe, patch)]);
    await git(source, ['add', '--all']);
    await git(source, ['commit', '--quiet', '--message=source']);
    await git(source, ['remote', 'add', 'origin', key('git')!]);
    const rev = key('rev');
    if (rev !== undefined) await git(source, ['tag', rev]);
    for (const patch of patches) await git(source, ['apply', join(recipe, patch)]);
  }
  await appendFile(join(folder, '.gitignore'), '/recipes/**/source\n');
}

/** Makes an empty folder such a checkout with its sources, and a workspace of Nx with the packages and toolchain of this one. */
export async function createCheckout(folder: string): Promise<void> {
  await copyCheckout(folder);
  await cloneSources(folder);
  await git(folder, ['init', '--quiet']);
  // As a clone has it. Without a remote, each process of Nx asks git three times who it is.
  await git(folder, ['remote', 'add', 'origin', 'https://cookbook.invalid/redox.git']);
  await git(folder, ['add', '--all']);
  await git(folder, ['commit', '--quiet', '--message=checkout']);
  const init = join(REPOSITORY, 'packages', 'nx-redox', 'bin', 'nx-redox.js');
  const { exitCode, stderr } = await run(process.execPath, [init, 'init', '--no-install'], { cwd: folder });
  if (exitCode !== 0) throw new Error(`nx-redox init: ${stderr}`);
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'dist'), { recursive: true });
  await symlink(join(REPOSITORY, 'dist', 'toolchain'), join(folder, 'dist', 'toolchain'));
}

/** Runs Nx in such a checkout. */
export async function nxIn(folder: string, ...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const nx = join(REPOSITORY, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { exitCode, stdout, stderr } = await run(process.execPath, [nx, ...args], {
    cwd: folder,
    env: { NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  return { exitCode, output: stdout + stderr };
}
