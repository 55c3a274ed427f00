import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { sourceTask } from '@nx-redox/sources';
import type { ExecutorContext } from '@nx/devkit';
import { runDoctor } from '../../run-doctor';
import type { DoctorExecutorOptions } from './schema';

/** `@nx-redox/abi-doctor:doctor`: an adapter of {@link runDoctor}. */
export default async function doctorExecutor(
  { recipes, ...options }: DoctorExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const project = context.projectsConfigurations.projects[context.projectName ?? ''];
    const { text, passed } = await runDoctor(
      context.root,
      recipes ?? [project?.root ?? '.'],
      options,
      sourceTask({ signal }),
    );
    process.stdout.write(`${text}\n`);
    return passed;
  });
}
