import { postTasksExecution, preTasksExecution } from './cache-server/hooks';
import { createDependencies } from './create-dependencies';
import { createNodes } from './create-nodes';

/** The name by which nx.json loads the plugin. */
export const name = '@nx-redox/plugin';

/** The name that Nx used before version 23. */
export const createNodesV2 = createNodes;

export { createDependencies, createNodes, postTasksExecution, preTasksExecution };
export type { PluginOptions } from './options';
