import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, UserError } from '@nx-redox/kit';

/**
 * Makes sure that a source is no clone that was stopped: git leaves behind an empty folder, one without a commit, or one
 * of which nothing is checked out.
 *
 * @param name of the folder `path`, for messages; `file`: recipe.toml.
 * @throws {UserError} that says what to do.
 */
export async function requireWholeSource(path: string, name: string, file: string): Promise<void> {
  const entries = await readdir(path).catch(() => undefined);
  if (entries === undefined) {
    throw new UserError(`the source folder ${name} does not exist`, {
      file,
      advice: 'path is relative to the folder of the recipe',
    });
  }
  const again = `remove ${name}, and the next build fetches it again`;
  if (entries.length === 0) throw new UserError(`the source ${name} is empty`, { file, advice: again });
  if (!entries.includes('.git')) return;
  const head = await run('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], {
    cwd: path,
    // A damaged repository is not that of the checkout around it.
    env: { GIT_CEILING_DIRECTORIES: dirname(path) },
  });
  const isWhole = head.exitCode === 0 && entries.length > 1;
  const lock = await stat(join(path, '.git', 'shallow.lock')).catch(() => undefined);
  if (isWhole && lock === undefined) return;
  throw new UserError(
    `the source ${name} is half cloned: ${head.exitCode === 0 ? 'no file is checked out' : 'git has no commit there'}`,
    { file, advice: again },
  );
}
