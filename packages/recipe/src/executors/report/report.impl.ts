import { asExecutor, type ExecutorResult, UserError } from '@nx-redox/kit';
import type { ReportExecutorOptions } from './schema';

/** `@nx-redox/recipe:report`: what the targets of a project run whose files have mistakes. */
export default async function reportExecutor(options: ReportExecutorOptions): Promise<ExecutorResult> {
  return asExecutor(async () => {
    throw new UserError(options.problems.join('\n'));
  });
}
