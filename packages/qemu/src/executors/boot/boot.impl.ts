import { executor } from '@nx-redox/kit/options';
import { bootSystem } from '../../boot';
import { schema } from './options';

/** Boots a system in QEMU and succeeds if all its stages come and the guest ends well. */
export default executor(schema, async (options, { root }, signal) => {
  const report = await bootSystem(options, { workspaceRoot: root, signal });
  return report.verdict === 'passed';
});
