import { executor } from '@nx-redox/kit/options';
import { installToolchain } from '../../install';
import { visibleWork } from '../../progress';
import { schema } from './options';

/** Makes sure that the workspace has a toolchain, and says which and what it can do. */
export default executor(schema, async (options, { root }, signal) => {
  const { location, identity, notes } = await installToolchain(
    { ...options, workspaceRoot: root },
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
