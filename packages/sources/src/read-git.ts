import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SAFE_GIT } from '@nx-redox/kit';

const execFileAsync = promisify(execFile);

/** git that reads and nothing else: no lock files, no hooks, no programs that a repository's settings name. */
const GIT = [...SAFE_GIT, '-c', 'core.quotePath=false'];

/**
 * What git says in a folder.
 *
 * @param extra variables of git's own, such as another index.
 * @throws if it fails.
 */
export async function readGit(dir: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']) delete env[name];
  const { stdout } = await execFileAsync('git', [...GIT, ...args], {
    cwd: dir,
    env: { ...env, ...extra },
    maxBuffer: 1 << 30,
  });
  return stdout;
}
