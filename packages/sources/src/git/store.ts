import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { redact, UserError, withMutex } from '@nx-redox/kit';
import { storeKey } from '../store';
import type { SourceTask } from '../task';
import { offlineError, sshVariables, unreachable } from './address';
import { probe } from './remote';
import { git, gitOk, userGit } from './run';

// Objects are checked as they come in: names such as .git or .. never get into the store.
const FSCK = [
  '-c',
  'fetch.fsckObjects=true',
  ...['badTimezone', 'zeroPaddedFilemode', 'missingSpaceBeforeDate'].flatMap((name) => [
    '-c',
    `fetch.fsck.${name}=ignore`,
  ]),
];
export const NETWORK = [
  ...FSCK,
  '-c',
  'http.lowSpeedLimit=100',
  '-c',
  'http.lowSpeedTime=30',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
];

// Without it git explains at length how to name the first branch, which none of these repositories ever has.
export const BRANCH = ['-c', 'init.defaultBranch=main'];

export async function initBare(task: SourceTask, repository: string, format: string): Promise<void> {
  if (!existsSync(join(repository, 'HEAD'))) {
    await mkdir(dirname(repository), { recursive: true });
    // No template: hooks of the user's are for repositories that the user works in.
    await gitOk(task, [...BRANCH, 'init', '--quiet', '--bare', '--template=', `--object-format=${format}`, repository]);
    // Trees borrow objects from here, so nothing may be thrown away.
    await appendFile(join(repository, 'config'), '[gc]\n\tauto = 0\n');
  }
  // What a killed git left behind; the lock says that none is at work.
  const packs = join(repository, 'objects', 'pack');
  for (const name of await readdir(packs).catch(() => [])) {
    if (name.startsWith('tmp_')) await rm(join(packs, name), { force: true });
  }
  for (const name of ['shallow.lock', 'packed-refs.lock']) await rm(join(repository, name), { force: true });
}

/** A repository without anything in it: with it git lists files of a folder that is no repository itself. */
export async function initEmptyRepository(task: SourceTask): Promise<string> {
  const repository = join(task.store.git, 'empty');
  if (!existsSync(join(repository, 'HEAD'))) {
    await withMutex(`${repository}.lock`, { signal: task.signal }, () => initBare(task, repository, 'sha1'));
  }
  return repository;
}

const refOf = (commit: string) => `refs/nx-redox/${commit}`;

async function hasCommit(task: SourceTask, repository: string, commit: string): Promise<boolean> {
  if (!existsSync(join(repository, 'HEAD'))) return false;
  // The ref is written after the last object, so it says that the commit is whole.
  return (
    (await git(task, ['rev-parse', '--quiet', '--verify', `${refOf(commit)}^{commit}`], { cwd: repository }))
      .exitCode === 0
  );
}

/**
 * Makes sure that a commit is in the store, with one commit of history or all of it.
 * @returns the bare repository that has it.
 */
export async function fetchCommit(
  task: SourceTask,
  url: string,
  commit: string,
  history: boolean,
  env: Record<string, string> = {},
): Promise<string> {
  const base = join(task.store.git, storeKey(url));
  const full = `${base}.full.git`;
  const shallow = `${base}.git`;
  for (const repository of history ? [full] : [shallow, full]) {
    if (await hasCommit(task, repository, commit)) return repository;
  }
  if (task.offline) throw offlineError(url, `commit ${commit}`);
  const waiting = { signal: task.signal, waiting: task.log };
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  const variables = { ...(await sshVariables(task, url)), ...env };
  const fetchInto = (repository: string, ...args: string[]) =>
    userGit(
      task,
      [...NETWORK, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', ...args],
      {
        cwd: repository,
        env: variables,
      },
    );

  if (!history) {
    const done = await withMutex(`${shallow}.lock`, waiting, async () => {
      if (await hasCommit(task, shallow, commit)) return true;
      await probe(task, url, variables);
      task.log(`fetching ${commit.slice(0, 12)} of ${redact(url)}`);
      await initBare(task, shallow, format);
      const result = await fetchInto(shallow, '--depth=1', url, `+${commit}:${refOf(commit)}`);
      if (result.exitCode === 0) return true;
      if (/not our ref|unadvertised object|couldn't find remote ref|dumb http transport/i.test(result.stderr))
        return false;
      throw unreachable(task, url, result);
    });
    if (done) return shallow;
  }
  // The server gives only what branches and tags name, or the recipe wants the history: all of it.
  await withMutex(`${full}.lock`, waiting, async () => {
    if (await hasCommit(task, full, commit)) return;
    await probe(task, url, variables);
    task.log(`fetching the history of ${redact(url)}`);
    await initBare(task, full, format);
    const result = await fetchInto(full, url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*');
    if (result.exitCode !== 0) throw unreachable(task, url, result);
    const known = await git(task, ['cat-file', '-e', `${commit}^{commit}`], { cwd: full });
    if (known.exitCode !== 0) {
      throw new UserError(`${redact(url)} has no commit ${commit}`, {
        advice: [
          'a force push may have removed it: remove recipe.lock and run update-lock',
          'if rev in recipe.toml names it, name another one',
        ],
      });
    }
    await gitOk(task, ['update-ref', refOf(commit), commit], { cwd: full });
  });
  return full;
}
