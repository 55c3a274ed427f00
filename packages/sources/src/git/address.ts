import { isAbsolute, resolve } from 'node:path';
import { redact, type RunResult, UserError } from '@nx-redox/kit';
import type { SourceTask } from '../task';
import { reasonOf, userGit } from './run';

/** ssh must not ask either; a command that the user configured is left as it is. */
export async function sshVariables(task: SourceTask, url: string): Promise<Record<string, string>> {
  if (!/^(git\+)?ssh:\/\//i.test(url) && !/^[^/]+@[^/]+:/.test(url)) return {};
  const env = { ...process.env, ...task.env };
  if (env['GIT_SSH_COMMAND'] || env['GIT_SSH']) return {};
  if ((await userGit(task, ['config', 'core.sshCommand'])).exitCode === 0) return {};
  return {
    GIT_SSH_COMMAND: `ssh -oBatchMode=yes -oConnectTimeout=${Math.ceil(task.limits.answerMs / 1000)} -oServerAliveInterval=15 -oServerAliveCountMax=2`,
  };
}

/**
 * Why an address is not taken, or undefined: `<name>::<rest>` is the name of a program, to which git hands the rest,
 * and a dash would make it an option.
 */
export function badAddress(url: string): string | undefined {
  if (url.startsWith('-')) return 'looks like an option of git';
  const [, program] = /^([\w.+-]+)::/.exec(url) ?? [];
  return program === undefined ? undefined : `names a program, git-remote-${program}, that git would run`;
}

/** A path in a recipe is relative to the recipe; everything with a scheme or a host stays. */
export function absoluteRepository(url: string, recipeDir: string): string {
  const isRemote = /^[a-z][a-z0-9+.-]*:/i.test(url) || /^[^/]+:/.test(url);
  return isRemote || isAbsolute(url) ? url : resolve(recipeDir, url);
}

/** The three ways out of a host that cannot be reached. */
export function waysOut(url: string): string[] {
  const address = redact(url);
  return [
    `a mirror: git config --global url.<mirror>.insteadOf ${address}`,
    'a copy on this machine: [source] path = "<folder>"',
    'an archive of it: [source] tar = "<file or URL>" and blake3',
  ];
}

export function unreachable(task: SourceTask, url: string, result: RunResult): UserError {
  const reason = result.timedOut ? `no answer for ${task.limits.answerMs / 1000} s` : reasonOf(result);
  const needsLogin =
    /terminal prompts disabled|authentication failed|permission denied|could not read (username|password)/i.test(
      reason,
    );
  return new UserError(`cannot reach ${redact(url)}: ${reason}`, {
    advice: [
      ...(needsLogin
        ? ['the server wants a login: give git a credential helper or an ssh key, nothing is asked for here']
        : []),
      ...waysOut(url),
    ],
  });
}

export function offlineError(url: string, what: string): UserError {
  return new UserError(`offline: ${what} of ${redact(url)} was not fetched before`, {
    advice: 'run the task once with a network; what it fetches is kept for all workspaces of this user',
  });
}

/** A URL after the user's `insteadOf`, which counts for archives too. */
export async function mirroredUrl(task: SourceTask, url: string): Promise<string> {
  const result = await userGit(task, ['ls-remote', '--get-url', url]).catch(() => undefined);
  task.signal?.throwIfAborted();
  return (result?.exitCode === 0 && result.stdout.trim()) || url;
}
