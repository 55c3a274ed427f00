import type { ExecutorContext } from '@nx/devkit';
import { executor } from '@nx-redox/kit/options';
import { buildByScript, describeScriptArtifact } from '../../script/build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { toScriptTask, WORK_FOLDERS } from '../../script/task';
import { schema } from './options';

/** `@nx-redox/cargo:script`. */
export default executor(schema, async (options, context: ExecutorContext, signal) => {
  const { root, projectName = 'recipe' } = context;
  const inputs = inputsChecks(context)(taskIdOf(context));
  const show = (text: string): void => void process.stderr.write(text);
  const task = toScriptTask(options, projectName, root, WORK_FOLDERS.system);
  show(describeScriptArtifact(await buildByScript(task, show, { signal, inputs })));
});
