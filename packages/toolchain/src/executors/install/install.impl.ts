import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { installToolchain } from '../../install';
import { visibleWork } from '../../work';
import type { InstallExecutorSchema } from './schema';

/** Makes sure that the workspace has a toolchain, and says which and what it can do. */
export default async function installExecutor(
  options: InstallExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const { location, identity, notes } = await installToolchain(
      { ...options, workspaceRoot: context.root },
      visibleWork(signal),
    );
    const able = Object.entries(identity.capabilities).map(([name, yes]) => `${yes ? '' : 'no '}${name}`);
    console.log(
      [
        ...notes,
        `toolchain: ${location.root}`,
        `rustc ${identity.rustc} (${identity.commit.slice(0, 9)}), Cranelift ${identity.cranelift ?? 'missing'}, identity ${identity.id}`,
        `capabilities: ${able.join(', ')}`,
      ].join('\n'),
    );
  });
}
