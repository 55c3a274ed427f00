import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { buildByScript, describeScriptArtifact } from '../../script/build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { hostMachine } from '../../script/host';
import { toScriptTask, WORK_FOLDERS } from '../../script/task';
import type { RecipeExecutorSchema } from './schema';

/** `@nx-redox/cargo:recipe`. */
export default function recipeExecutor(
  options: RecipeExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const inputs = inputsChecks(context)(taskIdOf(context));
    const full = options.machine === 'host' ? { ...options, ...hostMachine() } : options;
    const task = toScriptTask(full, context.projectName ?? 'recipe', context.root, WORK_FOLDERS.checkout);
    const show = (text: string): void => void process.stderr.write(text);
    show(describeScriptArtifact(await buildByScript(task, show, { signal, inputs })));
  });
}
