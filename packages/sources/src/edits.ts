import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readGit, readGitOfEach } from './read-git';

/** A source in its folder, and the files of its recipe's patches. */
export interface PatchedSource {
  dir: string;
  /** The cookbook leaves them in the work tree, where they are no edits. */
  patches?: readonly string[];
}

/**
 * The sources that hold more than their servers have: edits, files of their own, commits that no branch of the server has.
 *
 * @returns none that is no git repository, since nothing tells there.
 */
export async function editedOf<S extends PatchedSource>(sources: readonly S[]): Promise<S[]> {
  const isThere = await Promise.all(sources.map(({ dir }) => lstat(join(dir, '.git')).catch(() => undefined)));
  const present = sources.filter((_, index) => isThere[index] !== undefined);
  const answers = await readGitOfEach(
    present.map(({ dir }) => dir),
    {
      status: ['status', '--porcelain', '-z', '--untracked-files=all', '--no-renames'],
      remotes: ['for-each-ref', '--count=1', 'refs/remotes'],
      own: ['rev-list', '--max-count=1', 'HEAD', '--not', '--remotes', '--tags'],
    },
  );
  const isEdited = await Promise.all(
    present.map(async ({ dir, patches = [] }, index) => {
      const { status, remotes, own } = answers[index]!;
      // Nothing tells what git does not take for a repository.
      if (status === undefined) return false;
      const changed = status
        .split('\0')
        .filter(Boolean)
        .map((entry) => entry.slice(3));
      if (changed.length > 0 && !(await isPatched(dir, changed, patches))) return true;
      // Without branches of a server nothing tells which commits are new.
      return Boolean(remotes) && Boolean(own);
    }),
  );
  return present.filter((_, index) => isEdited[index]);
}

/** Whether a work tree is its commit with patches and nothing else. */
async function isPatched(dir: string, changed: readonly string[], patches: readonly string[]): Promise<boolean> {
  if (patches.length === 0) return false;
  const { objects } = await readGit(dir, { objects: ['rev-parse', '--git-path', 'objects'] });
  if (objects === undefined) return false;
  const scratch = await mkdtemp(join(tmpdir(), 'nx-redox-patched-'));
  try {
    // The patched commit is made in an index of its own, and nothing is written into the repository.
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(dir, objects.trim()),
    };
    const { read, apply, patched } = await readGit(
      dir,
      {
        read: ['read-tree', 'HEAD'],
        // As the cookbook has `patch` take it.
        apply: ['apply', '--cached', '--whitespace=nowarn', '-p1', ...patches],
        patched: ['diff', '--cached', '--name-only', '--no-renames', '-z', 'HEAD'],
      },
      env,
    );
    // Patches that git does not take: nothing tells what is theirs.
    if (read === undefined || apply === undefined || patched === undefined) return false;
    const paths = patched.split('\0').filter(Boolean);
    if (paths.length !== changed.length || !paths.every((path) => changed.includes(path))) return false;
    const { differing, others } = await readGit(
      dir,
      {
        // Prints what differs, and a new file that the patches remove is none of theirs.
        differing: ['diff', '--name-only', '--no-ext-diff', '--', ...paths],
        others: ['ls-files', '--others', '--', ...paths],
      },
      env,
    );
    return differing === '' && others === '';
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
