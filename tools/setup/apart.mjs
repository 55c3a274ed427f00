// Installs the packages of a folder that has a lock file of its own, apart from the workspace's.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { lockStamp } from './lock-stamp.mjs';

/**
 * Runs `npm ci` in a folder, once for each lock file.
 *
 * @param {string} folder
 * @throws if npm fails; it has said why.
 */
export function installApart(folder) {
  const stamp = lockStamp(folder);
  if (stamp.isCurrent()) return;
  process.stdout.write(`npm ci in ${folder} …\n`);
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci in ${folder} failed`);
  stamp.write();
}
