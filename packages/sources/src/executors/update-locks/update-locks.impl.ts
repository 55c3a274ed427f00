import { executor, projectRoot } from '@nx-redox/kit/options';
import { describeUpdated, sumOfUpdated, updateLocks } from '../../lock/update-all';
import { sourceTask } from '../../task';
import { schema } from './options';

/** `@nx-redox/sources:update-locks`: an adapter of {@link updateLocks}. */
export default executor(schema, async ({ folder, ...options }, context, signal) => {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const task = sourceTask({ signal });
  const results = await updateLocks(context.root, folder ?? projectRoot(context), options, task, (updated) => {
    if (updated.done === 'written' || updated.done === 'failed') say(describeUpdated(updated));
  });
  say(sumOfUpdated(results));
  return results.every(({ done }) => done !== 'failed');
});
