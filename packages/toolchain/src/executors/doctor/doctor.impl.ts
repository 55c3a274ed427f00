import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { diagnose, formatDiagnosis } from '../../doctor';
import { visibleWork } from '../../work';
import type { DoctorExecutorSchema } from './schema';

/** Reports what was found, what is missing and how to get it; fails if something needed is missing. */
export default async function doctorExecutor(
  options: DoctorExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const diagnosis = await diagnose({ ...options, workspaceRoot: context.root }, visibleWork(signal));
    console.log(formatDiagnosis(diagnosis));
    return diagnosis.healthy;
  });
}
