import { asExecutor } from '@nx-redox/kit';
import { bootSystem } from '../../boot';
import type { BootExecutorSchema } from './schema';

/** Boots a system in QEMU and succeeds if all its stages come and the guest ends well. */
export default function bootExecutor(options: BootExecutorSchema, context: { root: string }) {
  return asExecutor(async (signal) => {
    const report = await bootSystem(options, { workspaceRoot: context.root, signal });
    return report.verdict === 'passed';
  });
}
