import { resolve } from 'node:path';
import { asExecutor, type ExecutorResult, fillPath } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { readIdentity } from '../../identity/identity';
import { readLocation } from '../../location';
import { buildSysroot } from '../../sysroot';
import { visibleWork } from '../../work';
import type { SysrootExecutorSchema } from './schema';

/** Compiles the standard library once for a spec and a backend. */
export default async function sysrootExecutor(
  options: SysrootExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const { arch, backend, spec, crates = ['core', 'alloc'], std, small, outputPath } = options;
    const record = await buildSysroot(
      {
        location: await readLocation(context.root),
        identity: await readIdentity(context.root),
        arch,
        backend,
        spec,
        crates,
        std,
        small,
        outputPath: resolve(context.root, fillPath(outputPath, { arch, backend })),
      },
      visibleWork(signal),
    );
    const crateLine = record.crates.map((crate) => `${crate.name} (${crate.backend})`).join(', ');
    console.log([`target ${record.target}`, ...record.spec.explanation, `crates: ${crateLine}`].join('\n'));
  });
}
