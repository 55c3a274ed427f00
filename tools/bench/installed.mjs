import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../bundle/bundle.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What npm leaves out of a package of ours, or what only a clone has. */
const NOT_INSTALLED = /\/(node_modules|target)$|\.ts$/;

/**
 * Gives a workspace node_modules as npm would: our packages compiled (`npx tsc -b` before), everything else as hard
 * links of this clone's, since Node resolves links to the place that they lead to.
 */
export async function installPackages(workspace) {
  const modules = join(workspace, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, '@nx-redox'), { recursive: true });
  const others = readdirSync(join(ROOT, 'node_modules')).filter((name) => !/^(@nx-redox|nx-redox|\..*)$/.test(name));
  const { status, stderr } = spawnSync('cp', ['-al', ...others, `${modules}/`], { cwd: join(ROOT, 'node_modules') });
  if (status !== 0) throw new Error(`cp: ${stderr}`);
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const from = join(ROOT, 'packages', name);
    if (!existsSync(join(from, 'package.json'))) continue;
    const to = join(modules, ...(name === 'nx-redox' ? [name] : ['@nx-redox', name]));
    cpSync(from, to, { recursive: true, filter: (file) => !NOT_INSTALLED.test(file) });
    if (existsSync(join(to, 'dist'))) await bundle(from, join(to, 'dist'));
  }
}
