import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { buildByScript, describeScriptArtifact } from '../../script/build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { toScriptTask } from '../../script/task';
import type { ScriptExecutorSchema } from './schema';

/** `@nx-redox/cargo:script`. */
export default function scriptExecutor(
  options: ScriptExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const inputs = inputsChecks(context)(taskIdOf(context));
    const task = toScriptTask(options, context.projectName ?? 'recipe', context.root);
    const show = (text: string): void => void process.stderr.write(text);
    show(describeScriptArtifact(await buildByScript(task, show, { signal, inputs })));
  });
}
