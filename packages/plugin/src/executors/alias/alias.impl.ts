import type { ExecutorContext } from '@nx/devkit';
import { executor } from '@nx-redox/kit/options';
import { runTarget } from '../../run-target';
import { schema } from './options';

/** `@nx-redox/plugin:alias`: what an alias stands for, in a run of Nx of its own. */
export default executor(schema, async ({ target }, context: ExecutorContext, signal) => {
  const { root, projectName = '', configurationName } = context;
  return runTarget(root, [projectName, target, configurationName ?? []].flat(), signal);
});
