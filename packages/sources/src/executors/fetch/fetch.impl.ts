import { executor, projectRoot } from '@nx-redox/kit/options';
import { fetchAsIs } from '../../checkout';
import { fetchSource, type FetchResult } from '../../fetch';
import { sourceTask } from '../../task';
import { schema } from './options';

const SAID: Record<FetchResult['done'], (recipe: string, folder: string | undefined) => string> = {
  none: (recipe) => `${recipe} has no source.`,
  'in-place': (_, folder) => `The source is ${folder}, as it is.`,
  'up-to-date': (_, folder) => `${folder} is what recipe.lock names.`,
  fetched: (_, folder) => `${folder} was fetched.`,
};

/** `@nx-redox/sources:fetch`: an adapter of {@link fetchSource}. */
export default executor(schema, async ({ offline, asIs, ...options }, context, signal) => {
  const { recipe = projectRoot(context) } = options;
  const task = sourceTask({ signal, ...(offline ? { offline } : {}) });
  const { done, folder } = await (asIs ? fetchAsIs : fetchSource)(context.root, recipe, task);
  process.stdout.write(`${SAID[done](recipe, folder)}\n`);
});
