import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, wantsColor, type ExecutorResult } from '@nx-redox/kit';
import type { Reporter } from '../../cargo';
import { Builder } from '../../build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { describeArtifact } from '../../report';
import { toTask } from '../../task';
import type { BuildExecutorSchema } from './schema';

const live: Reporter = {
  progress: (line) => process.stderr.write(`${line}\n`),
  text: (text) => process.stderr.write(text),
};

/** `@nx-redox/cargo:build` for one task. */
export default function buildExecutor(options: BuildExecutorSchema, context: ExecutorContext): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const inputs = inputsChecks(context)(taskIdOf(context));
    const builder = new Builder({ signal, color: wantsColor(process.stderr) });
    const task = await builder.prepare(toTask(options, context.projectName ?? options.package, context.root));
    live.text(describeArtifact(await builder.build(task, live, inputs)));
  });
}
