import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { fetchAsIs } from '../../checkout';
import { fetchSource, type FetchResult } from '../../fetch';
import { sourceTask } from '../../task';
import type { FetchExecutorOptions } from './schema';

const SAID: Record<FetchResult['done'], (recipe: string, folder: string | undefined) => string> = {
  none: (recipe) => `${recipe} has no source.`,
  'in-place': (_, folder) => `The source is ${folder}, as it is.`,
  'up-to-date': (_, folder) => `${folder} is what recipe.lock names.`,
  fetched: (_, folder) => `${folder} was fetched.`,
};

/** `@nx-redox/sources:fetch`: an adapter of {@link fetchSource}. */
export default async function fetchExecutor(
  options: FetchExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const task = sourceTask({ signal, ...(options.offline ? { offline: true } : {}) });
    const fetch = options.asIs ? fetchAsIs : fetchSource;
    const { done, folder } = await fetch(context.root, options.recipe, task);
    process.stdout.write(`${SAID[done](options.recipe, folder)}\n`);
  });
}
