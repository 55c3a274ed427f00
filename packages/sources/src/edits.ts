import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readGit } from './read-git';

/**
 * What a source holds beyond what its server has: edits, files of its own, commits that no branch of the server has.
 *
 * @param patches files of the recipe's patches: the cookbook leaves them in the work tree, where they are no edits.
 * @returns false also for a folder that is no git repository, since nothing tells there.
 */
export async function isEdited(dir: string, patches: readonly string[] = []): Promise<boolean> {
  if ((await lstat(join(dir, '.git')).catch(() => undefined)) === undefined) return false;
  try {
    const [status, remotes] = await Promise.all([
      readGit(dir, ['status', '--porcelain', '-z', '--untracked-files=all', '--no-renames']),
      readGit(dir, ['for-each-ref', '--count=1', 'refs/remotes']),
    ]);
    const changed = status
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.slice(3));
    if (changed.length > 0 && !(await isPatched(dir, changed, patches))) return true;
    // Without branches of a server nothing tells which commits are new.
    if (remotes === '') return false;
    return (await readGit(dir, ['rev-list', '--max-count=1', 'HEAD', '--not', '--remotes', '--tags'])) !== '';
  } catch {
    return false;
  }
}

/** Whether a work tree is its commit with patches and nothing else. */
async function isPatched(dir: string, changed: readonly string[], patches: readonly string[]): Promise<boolean> {
  if (patches.length === 0) return false;
  const scratch = await mkdtemp(join(tmpdir(), 'nx-redox-patched-'));
  try {
    // The patched commit is made in an index of its own, and nothing is written into the repository.
    const objects = resolve(dir, (await readGit(dir, ['rev-parse', '--git-path', 'objects'])).trim());
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    await readGit(dir, ['read-tree', 'HEAD'], env);
    // As the cookbook has `patch` take it.
    await readGit(dir, ['apply', '--cached', '--whitespace=nowarn', '-p1', ...patches], env);
    const patched = await readGit(dir, ['diff', '--cached', '--name-only', '--no-renames', '-z', 'HEAD'], env);
    const paths = patched.split('\0').filter(Boolean);
    if (paths.length !== changed.length || !paths.every((path) => changed.includes(path))) return false;
    // Prints what differs, and a new file that the patches remove is none of theirs.
    if ((await readGit(dir, ['diff', '--name-only', '--no-ext-diff', '--', ...paths], env)) !== '') return false;
    return (await readGit(dir, ['ls-files', '--others', '--', ...paths], env)) === '';
  } catch {
    // Patches that git does not take: nothing tells what is theirs.
    return false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
