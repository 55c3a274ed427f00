import { join } from 'node:path';
import { redact, UserError, withMutex } from '@nx-redox/kit';
import { storeKey } from '../store';
import type { SourceTask } from '../task';
import { sshVariables, unreachable } from './address';
import { lsRemote } from './remote';
import { git, userGit } from './run';
import { initBare, NETWORK } from './store';

/** Which commit of a repository a recipe asks for. */
export interface GitRequest {
  url: string;
  branch?: string;
  /** Full or short commit, or tag. */
  rev?: string;
  /** The whole history, not only the commit. */
  history: boolean;
  /** Paths of the submodules that are fetched, with all that is in them; undefined for all. */
  submodules?: readonly string[];
}

/** A full object name: SHA-1 or SHA-256. */
const FULL_COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;
const SHORT_COMMIT = /^[0-9a-f]{4,63}$/i;
/**
 * The full commit that a recipe's branch or tag stands for now.
 * @throws {UserError} if the server does not answer or has no such branch, tag or commit.
 */
export async function resolveCommit(task: SourceTask, request: GitRequest): Promise<string> {
  const { url, branch, rev } = request;
  if (rev !== undefined && FULL_COMMIT.test(rev)) return rev.toLowerCase();
  if (task.offline) {
    throw new UserError(`offline: cannot ask ${redact(url)} which commit ${rev ?? branch ?? 'its default branch'} is`, {
      advice: 'run update-lock with a network, or name a full commit: rev = "…"',
    });
  }
  if (rev !== undefined) {
    const tag = `refs/tags/${rev}`;
    const refs = await lsRemote(task, url, [tag, `${tag}^{}`, `refs/heads/${rev}`]);
    // A tag with a message is an object of its own; ^{} is the commit it stands for.
    const found = refs.get(`${tag}^{}`) ?? refs.get(tag) ?? refs.get(`refs/heads/${rev}`);
    if (found !== undefined) return found;
    if (SHORT_COMMIT.test(rev)) return resolveShort(task, url, rev);
    throw new UserError(`${redact(url)} has no tag, branch or commit ${JSON.stringify(rev)}`, {
      advice: `git ls-remote ${redact(url)} lists what it has`,
    });
  }
  const ref = branch === undefined ? 'HEAD' : `refs/heads/${branch}`;
  const found = (await lsRemote(task, url, [ref])).get(ref);
  if (found !== undefined) return found;
  throw new UserError(
    branch === undefined
      ? `${redact(url)} has no commit yet`
      : `${redact(url)} has no branch ${JSON.stringify(branch)}`,
    { advice: `git ls-remote ${redact(url)} lists what it has` },
  );
}

/** Servers do not know short names: all commits are asked for, without the files in them. */
async function resolveShort(task: SourceTask, url: string, rev: string): Promise<string> {
  const repository = join(task.store.git, `${storeKey(url)}.commits.git`);
  return withMutex(`${repository}.lock`, { signal: task.signal, waiting: task.log }, async () => {
    await initBare(task, repository, 'sha1');
    const result = await userGit(
      task,
      [
        ...NETWORK,
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--filter=tree:0',
        url,
        '+refs/heads/*:refs/heads/*',
        '+refs/tags/*:refs/tags/*',
      ],
      { cwd: repository, env: await sshVariables(task, url) },
    );
    if (result.exitCode !== 0) throw unreachable(task, url, result);
    const found = await git(task, ['rev-parse', '--verify', '--quiet', `${rev}^{commit}`], { cwd: repository });
    if (found.exitCode === 0) return found.stdout.trim();
    throw new UserError(
      /ambiguous/.test(found.stderr)
        ? `${redact(url)} has several commits that begin with ${rev}`
        : `${redact(url)} has no tag, branch or commit ${JSON.stringify(rev)}`,
      { advice: 'name the full commit: rev = "<40 digits>"' },
    );
  });
}
