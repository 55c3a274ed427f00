import { asExecutor } from '@nx-redox/kit';
import { runSystem } from '../../run';
import type { RunExecutorSchema } from './schema';

/** Boots a system in QEMU with its serial line on the terminal, until the user or the guest ends it. */
export default function runExecutor(options: RunExecutorSchema, context: { root: string }) {
  return asExecutor(async (signal) => {
    const { exit } = options.guest;
    const { code } = await runSystem(options, { workspaceRoot: context.root, signal });
    return code === 0 || code === exit.ok;
  });
}
