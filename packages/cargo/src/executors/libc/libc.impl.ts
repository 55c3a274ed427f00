import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult, wantsColor } from '@nx-redox/kit';
import type { Reporter } from '../../cargo';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { buildLibc, describeLibc } from '../../libc/build';
import { toLibcTask } from '../../libc/task';
import type { LibcExecutorSchema } from './schema';

const live: Reporter = {
  progress: (line) => process.stderr.write(`${line}\n`),
  text: (text) => process.stderr.write(text),
};

/** `@nx-redox/cargo:libc` */
export default function libcExecutor(options: LibcExecutorSchema, context: ExecutorContext): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const task = toLibcTask(options, context.projectName ?? options.package, context.root);
    const inputs = inputsChecks(context)(taskIdOf(context));
    const artifact = await buildLibc(task, live, { signal, color: wantsColor(process.stderr) }, inputs);
    live.text(describeLibc(artifact));
  });
}
