import type { ExecutorContext } from '@nx/devkit';
import { wantsColor } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { Builder } from '../../build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { describeArtifact, live } from '../../report';
import { toTask } from '../../task';
import { schema } from './options';

/** `@nx-redox/cargo:build` for one task. */
export default executor(schema, async (options, context: ExecutorContext, signal) => {
  const inputs = inputsChecks(context)(taskIdOf(context));
  const builder = new Builder({ signal, color: wantsColor(process.stderr) });
  const task = await builder.prepare(toTask(options, context.projectName ?? options.package, context.root));
  live.text(describeArtifact(await builder.build(task, live, inputs)));
});
