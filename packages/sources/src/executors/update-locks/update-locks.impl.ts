import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { describeUpdated, sumOfUpdated, updateLocks } from '../../lock/update-all';
import { sourceTask } from '../../task';
import type { UpdateLocksExecutorOptions } from './schema';

/** `@nx-redox/sources:update-locks`: an adapter of {@link updateLocks}. */
export default async function updateLocksExecutor(
  { folder, ...options }: UpdateLocksExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const project = context.projectsConfigurations.projects[context.projectName ?? ''];
    const say = (text: string): void => void process.stdout.write(`${text}\n`);
    const task = sourceTask({ signal });
    const results = await updateLocks(context.root, folder ?? project?.root ?? '.', options, task, (updated) => {
      if (updated.done === 'written' || updated.done === 'failed') say(describeUpdated(updated));
    });
    say(sumOfUpdated(results));
    return results.every(({ done }) => done !== 'failed');
  });
}
