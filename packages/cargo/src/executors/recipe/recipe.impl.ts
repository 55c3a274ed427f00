import type { ExecutorContext } from '@nx/devkit';
import { UserError } from '@nx-redox/kit';
import { executor, type z } from '@nx-redox/kit/options';
import { buildByScript, describeScriptArtifact } from '../../script/build';
import { inputsChecks, taskIdOf } from '../../inputs/coverage';
import { hostMachine } from '../../script/host';
import { toScriptTask, WORK_FOLDERS } from '../../script/task';
import { schema } from './options';
import { placesOf } from './places';

/** `@nx-redox/cargo:recipe`. */
export default executor(schema, async (options, context: ExecutorContext, signal) => {
  const { root, projectName = 'recipe' } = context;
  const inputs = inputsChecks(context)(taskIdOf(context));
  const task = toScriptTask(
    { ...options, ...machineOf(options, projectName), ...placesOf(options, { ...context, projectName }) },
    projectName,
    root,
    WORK_FOLDERS.checkout,
  );
  const show = (text: string): void => void process.stderr.write(text);
  show(describeScriptArtifact(await buildByScript(task, show, { signal, inputs })));
});

/** What is built for: what the options say, or this machine. */
function machineOf({ machine, arch, backend }: z.output<typeof schema>, project: string) {
  if (machine === 'host') return hostMachine();
  if (arch !== undefined && backend !== undefined) return { arch, backend };
  throw new UserError(`${project}: options arch and backend are missing`, { advice: 'or say machine: "host"' });
}
