import { asExecutor } from '@nx-redox/kit';
import { execSystem } from '../../exec';
import type { ExecExecutorSchema } from './schema';

/** Runs a command in the shell of a system that it boots; its exit status is that of the task. */
export default function execExecutor(options: ExecExecutorSchema, context: { root: string }) {
  return asExecutor(async (signal) => {
    const status = await execSystem(options, { workspaceRoot: context.root, signal });
    // Nx knows success and failure only.
    if (status !== 0) process.stderr.write(`exit status ${status}\n`);
    return status === 0;
  });
}
