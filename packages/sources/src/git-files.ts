import { hash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GIT_FILES, isGitName, UserError } from '@nx-redox/kit';
import { temporaryTree } from './tree-state';

/**
 * Runs `body` while the repositories of a tree lie outside of it, so that nothing that `body` starts can write into
 * them, by whatever name.
 *
 * @param repositories folders of repositories, relative to `tree`.
 * @throws {UserError} if something has taken the place of one meanwhile.
 */
export async function withoutRepositories(
  tree: string,
  repositories: readonly string[],
  body: () => Promise<void>,
): Promise<void> {
  if (repositories.length === 0) return body();
  const outside = join(dirname(tree), temporaryTree(randomBytes(4).toString('hex')));
  await mkdir(outside, { recursive: true });
  try {
    for (const [index, folder] of repositories.entries()) {
      await rename(join(tree, folder, '.git'), join(outside, String(index)));
    }
    await body();
    for (const [index, folder] of repositories.entries()) {
      const place = join(tree, folder);
      const real = await realpath(place).catch(() => undefined);
      const isPlain = real === join(await realpath(tree), folder);
      const inTheWay = await lstat(join(place, '.git')).catch(() => undefined);
      if (!isPlain || inTheWay !== undefined) {
        throw new UserError(`${JSON.stringify(join(folder, '.git'))} ${GIT_FILES}`, {
          advice: 'the tree was left as it was',
        });
      }
      await rename(join(outside, String(index)), join(place, '.git'));
    }
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}

/** What git itself writes when a script uses it: commits, branches, the index. None of it names a program. */
const WORK_OF_GIT =
  /^(?:index|HEAD|ORIG_HEAD|FETCH_HEAD|COMMIT_EDITMSG|packed-refs|shallow|objects\/(?!info\/(?:http-)?alternates$).*|refs\/.*|logs\/.*)$/;

/** Git's own files in a tree: what each holds that could run programs or lead elsewhere. */
export type GitFiles = ReadonlyMap<string, string>;

/** Looks at git's own files in a tree. */
export async function readGitFiles(tree: string): Promise<GitFiles> {
  const found = new Map<string, string>();
  const look = async (path: string, inner: string): Promise<void> => {
    const full = join(tree, path);
    const stat = await lstat(full);
    if (stat.isDirectory()) {
      found.set(path, 'folder');
      for (const name of await readdir(full)) await look(`${path}/${name}`, inner === '' ? name : `${inner}/${name}`);
    } else if (stat.isFile()) {
      if (WORK_OF_GIT.test(inner)) return;
      const content = hash('sha256', await readFile(full), 'hex');
      found.set(path, `file ${(stat.mode & 0o111) === 0 ? '-' : 'x'} ${content}`);
    } else if (stat.isSymbolicLink()) {
      found.set(path, `link ${await readlink(full)}`);
    } else {
      found.set(path, 'other');
    }
  };
  const walk = async (dir: string): Promise<void> => {
    for (const entry of await readdir(join(tree, dir), { withFileTypes: true })) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (isGitName(entry.name)) await look(path, '');
      else if (entry.isDirectory()) await walk(path);
    }
  };
  await walk('');
  return found;
}

/**
 * Makes sure that a script has changed no file of git's that could run programs later. Repositories that it cloned
 * become plain folders: nothing would say what they are.
 *
 * @throws {UserError} that names what was changed.
 */
export async function assertGitFiles(tree: string, before: GitFiles, log: (line: string) => void): Promise<void> {
  const now = await readGitFiles(tree);
  const isNew = (path: string) => {
    const root = rootOf(path);
    return /(^|\/)\.git$/.test(root) && !before.has(root) && /^(?:folder|file)/.test(now.get(root) ?? '');
  };
  const changed: string[] = [];
  const cloned = new Set<string>();
  for (const [path, what] of now) {
    const known = before.get(path);
    if (known === what) continue;
    if (isNew(path)) cloned.add(rootOf(path));
    // Folders come and go with git's own work.
    else if (!(known === undefined && what === 'folder' && WORK_OF_GIT.test(`${innerOf(path)}/`))) changed.push(path);
  }
  for (const [path, what] of before) {
    if (!now.has(path) && !(what === 'folder' && WORK_OF_GIT.test(`${innerOf(path)}/`))) changed.push(path);
  }
  if (changed.length > 0) {
    const shown = changed.slice(0, 4).map((path) => JSON.stringify(path));
    throw new UserError(
      `the script of [source] changed git's own files: ${shown.join(', ')}${changed.length > 4 ? ' and others' : ''}`,
      {
        advice: [
          'nothing of the source was taken: such files can run programs whenever git is used there',
          'submodules come without a script; for settings use git -c name=value',
        ],
      },
    );
  }
  for (const path of cloned) {
    await rm(join(tree, path), { recursive: true, force: true });
    log(`${path}: the script made a repository; its files stay, without their history`);
  }
}

/** The part of a path up to the first name that git takes for its own folder. */
function rootOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, parts.findIndex(isGitName) + 1).join('/');
}

function innerOf(path: string): string {
  return path.slice(rootOf(path).length + 1);
}
