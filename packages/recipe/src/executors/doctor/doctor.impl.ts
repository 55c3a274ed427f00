import { asExecutor, type ExecutorResult } from '@nx-redox/common';
import type { ExecutorContext } from '@nx/devkit';
import { sourceTask } from '../../sources/task';
import { runDoctor } from '../../versions/run-doctor';
import type { DoctorExecutorOptions } from './schema';

/** `@nx-redox/recipe:doctor`: an adapter of {@link runDoctor}. */
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
