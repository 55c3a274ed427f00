import { executor, projectRoot } from '@nx-redox/kit/options';
import { sourceTask } from '@nx-redox/sources';
import { runDoctor } from '../../run-doctor';
import { schema } from './options';

/** `@nx-redox/abi-doctor:doctor`: an adapter of {@link runDoctor}. */
export default executor(schema, async ({ recipes, ...options }, context, signal) => {
  const folders = recipes ?? [projectRoot(context)];
  const { text, passed } = await runDoctor(context.root, folders, options, sourceTask({ signal }));
  process.stdout.write(`${text}\n`);
  return passed;
});
