import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { takeMember } from '../../script/member';
import type { MemberExecutorSchema } from './schema';

/** `@nx-redox/cargo:member`. */
export default function memberExecutor(
  options: MemberExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async () => {
    process.stdout.write(
      await takeMember(context.root, { ...options, project: context.projectName ?? options.package }),
    );
  });
}
