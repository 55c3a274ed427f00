import { executor } from '@nx-redox/kit/options';
import { runSystem } from '../../run';
import { schema } from './options';

/** Boots a system in QEMU with its serial line on the terminal, until the user or the guest ends it. */
export default executor(schema, async (options, { root }, signal) => {
  const { code } = await runSystem(options, { workspaceRoot: root, signal });
  return code === 0 || code === options.guest.exit.ok;
});
