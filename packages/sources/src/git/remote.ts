import type { SourceTask } from '../task';
import { sshVariables, unreachable } from './address';
import { userGit } from './run';

/** Addresses that gave an answer in a task. */
const answered = new WeakMap<SourceTask, Set<string>>();

/** Asks a server for refs; fails in seconds if it does not answer. */
export async function lsRemote(task: SourceTask, url: string, refs: readonly string[]): Promise<Map<string, string>> {
  const result = await userGit(task, ['ls-remote', '--quiet', '--', url, ...refs], {
    timeoutMs: task.limits.answerMs,
    env: await sshVariables(task, url),
  });
  if (result.exitCode !== 0) throw unreachable(task, url, result);
  answered.set(task, new Set(answered.get(task)).add(url));
  return new Map(
    result.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t').reverse() as [string, string]),
  );
}

/** git has no time limit for a connection of its own, so a small question goes first. */
export async function probe(task: SourceTask, url: string, env: Record<string, string>): Promise<void> {
  if (answered.get(task)?.has(url)) return;
  const result = await userGit(task, ['ls-remote', '--quiet', '--', url, 'HEAD'], {
    timeoutMs: task.limits.answerMs,
    env,
  });
  if (result.exitCode !== 0) throw unreachable(task, url, result);
}
