// Runs vitest on a folder of its own, for specs of what stands around vitest.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';

const ROOT = resolve(import.meta.dirname, '../..');

/** Runs the specs in a folder, as if no vitest and no CI were around it; `env` is added. */
export function runVitest(folder, env = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|CI$|REDOX_)/.test(name)));
  const args = [resolve(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
  return spawnSync(process.execPath, args, { env: { ...clean, ...env }, encoding: 'utf8', cwd: ROOT });
}
