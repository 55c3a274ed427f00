import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { interruptible, redact, run, SAFE_GIT, UserError, withoutCredentials } from '@nx-redox/kit';

/** A folder with recipes, and where it comes from. */
export interface Origin {
  folder: string;
  /** What the report says of it: a URL without credentials, or a folder as the user named it. */
  from: string;
  commit?: string;
  /** A name for the recipes. */
  name: string;
}

/** Whether a text names a git repository elsewhere: a URL, or `user@host:path`. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text) || /^[\w.-]+@[\w.-]+:/.test(text);
}

/**
 * Calls `use` with the folder of recipes that `from` names. A git repository is cloned into a temporary folder, which
 * is removed when `use` returns.
 * @throws {UserError} if there is no such folder, or git cannot clone.
 */
export async function withOrigin<T>(
  from: string,
  { branch, cwd }: { branch?: string; cwd: string },
  use: (origin: Origin) => Promise<T>,
): Promise<T> {
  if (!isUrl(from)) {
    if (branch !== undefined) throw new UserError('--branch is for the URL of a git repository, and this is a folder');
    const folder = isAbsolute(from) ? from : resolve(cwd, from);
    if (!isFolder(folder)) throw new UserError('there is no such folder', { file: from });
    return await use({ folder: recipesIn(folder), from, name: nameOf(folder) });
  }
  const temporary = await mkdtemp(join(tmpdir(), 'nx-redox-import-'));
  try {
    const folder = join(temporary, 'clone');
    const branchArgs = branch === undefined ? [] : [`--branch=${branch}`];
    await git(['clone', '--quiet', '--depth=1', ...branchArgs, '--', from, folder], from);
    const commit = (await git(['-C', folder, 'rev-parse', 'HEAD'], from)).trim();
    return await use({ folder: recipesIn(folder), from: withoutCredentials(from), commit, name: nameOf(from) });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function git(args: readonly string[], url: string): Promise<string> {
  const result = await interruptible((signal) =>
    run('git', [...SAFE_GIT, ...args], {
      signal,
      // A question for a password could not be answered: git has no terminal here.
      env: { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      missing: 'install git (Debian: apt-get install git)',
    }),
  );
  if (result.exitCode === 0) return result.stdout;
  throw new UserError(`git cannot clone ${redact(url)}: ${redact(result.stderr).trim()}`, {
    advice: ['check the URL, the branch and the network', 'for a repository that is on this machine: name its folder'],
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The cookbook keeps its recipes in a folder of this name. */
function recipesIn(folder: string): string {
  const inner = join(folder, 'recipes');
  return isFolder(inner) ? inner : folder;
}

function nameOf(from: string): string {
  const path = from.replace(/\/+$/, '').replace(/\.git$/, '');
  const base = basename(path.replace(/^.*:/, ''));
  const name = base === 'recipes' ? basename(dirname(path)) : base;
  return name.replaceAll(/[^\w-]+/g, '-').replace(/^-+|-+$/g, '') || 'imported';
}
