import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { runTarget } from '../../run-target';
import type { AliasExecutorSchema } from './schema';

/** `@nx-redox/plugin:alias`: what an alias stands for, in a run of Nx of its own. */
export default function aliasExecutor(
  { target }: AliasExecutorSchema,
  { root, projectName = '', configurationName }: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor((signal) => runTarget(root, [projectName, target, configurationName ?? []].flat(), signal));
}
