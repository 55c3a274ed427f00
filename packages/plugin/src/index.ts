import type { PostTasksExecution } from '@nx/devkit';
import { endRelay, preTasksExecution } from './cache-server/hooks';
import { createDependencies } from './create-dependencies';
import { createNodes } from './create-nodes';

/** The name by which nx.json loads the plugin. */
export const name = '@nx-redox/plugin';

/** The name that Nx used before version 23. */
export const createNodesV2 = createNodes;

/** What Nx calls when the tasks of a run have ended. */
export const postTasksExecution: PostTasksExecution = async (_, { id, taskResults }) => {
  await endRelay(id);
  // Most runs take something from the cache, and nothing of it is lost: the graph is made without this module.
  const { reportLostResults } = await import('./lost-results.js');
  await reportLostResults(taskResults);
};

export { createDependencies, createNodes, preTasksExecution };
export type { PluginOptions } from './options';
