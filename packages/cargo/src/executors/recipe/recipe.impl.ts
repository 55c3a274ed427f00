import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { buildByScript, describeScriptArtifact } from '../../script/build';
import { hostMachine } from '../../script/host';
import { toScriptTask, WORK_FOLDERS } from '../../script/task';
import type { RecipeExecutorSchema } from './schema';

/** `@nx-redox/cargo:recipe`. */
export default function recipeExecutor(
  options: RecipeExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const full = options.machine === 'host' ? { ...options, ...hostMachine() } : options;
    const task = toScriptTask(full, context.projectName ?? 'recipe', context.root, WORK_FOLDERS.checkout);
    const show = (text: string): void => void process.stderr.write(text);
    show(describeScriptArtifact(await buildByScript(task, show, { signal })));
  });
}
