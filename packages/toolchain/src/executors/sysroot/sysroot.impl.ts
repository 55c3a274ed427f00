import { resolve } from 'node:path';
import { fillPath } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { readIdentity } from '../../identity/identity';
import { readLocation } from '../../location';
import { buildSysroot } from '../../sysroot';
import { visibleWork } from '../../progress';
import { schema } from './options';

/** Compiles the standard library once for a spec and a backend. */
export default executor(schema, async ({ outputPath, ...options }, { root }, signal) => {
  const record = await buildSysroot(
    {
      ...options,
      location: await readLocation(root),
      identity: await readIdentity(root),
      outputPath: resolve(root, fillPath(outputPath, options)),
    },
    visibleWork(signal),
  );
  const crateLine = record.crates.map((crate) => `${crate.name} (${crate.backend})`).join(', ');
  console.log([`target ${record.target}`, ...record.spec.explanation, `crates: ${crateLine}`].join('\n'));
});
