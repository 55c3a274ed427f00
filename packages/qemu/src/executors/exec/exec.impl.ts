import { executor } from '@nx-redox/kit/options';
import { execSystem } from '../../exec';
import { schema } from './options';

/** Runs a command in the shell of a system that it boots; its exit status is that of the task. */
export default executor(schema, async (options, { root }, signal) => {
  const status = await execSystem(options, { workspaceRoot: root, signal });
  // Nx knows success and failure only.
  if (status !== 0) process.stderr.write(`exit status ${status}\n`);
  return status === 0;
});
