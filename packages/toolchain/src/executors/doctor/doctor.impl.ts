import { executor } from '@nx-redox/kit/options';
import { diagnose, formatDiagnosis } from '../../doctor';
import { visibleWork } from '../../progress';
import { schema } from './options';

/** Reports what was found, what is missing and how to get it; fails if something needed is missing. */
export default executor(schema, async (options, { root }, signal) => {
  const diagnosis = await diagnose({ ...options, workspaceRoot: root }, visibleWork(signal));
  console.log(formatDiagnosis(diagnosis));
  return diagnosis.healthy;
});
