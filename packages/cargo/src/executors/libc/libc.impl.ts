import type { ExecutorContext } from '@nx/devkit';
import { wantsColor } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { buildLibc, describeLibc } from '../../libc/build';
import { toLibcTask } from '../../libc/task';
import { live } from '../../report';
import { schema } from './options';

/** `@nx-redox/cargo:libc` */
export default executor(schema, async (options, context: ExecutorContext, signal) => {
  const task = toLibcTask(options, context.projectName ?? options.package, context.root);
  const inputs = inputsChecks(context)(taskIdOf(context));
  const artifact = await buildLibc(task, live, { signal, color: wantsColor(process.stderr) }, inputs);
  live.text(describeLibc(artifact));
});
