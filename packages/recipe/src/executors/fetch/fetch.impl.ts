import { asExecutor, type ExecutorResult } from '@nx-redox/common';
import type { ExecutorContext } from '@nx/devkit';
import { fetchSource } from '../../fetch';
import type { FetchExecutorOptions } from './schema';

/** `@nx-redox/recipe:fetch`: an adapter of {@link fetchSource}. */
export default async function fetchExecutor(
  options: FetchExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async () => {
    const folder = await fetchSource(context.root, options.recipe);
    process.stdout.write(
      folder === undefined ? `${options.recipe} has no source.\n` : `The source is ${folder}, used in place.\n`,
    );
  });
}
