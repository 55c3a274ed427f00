import { executor } from '@nx-redox/kit/options';
import { takeMember } from '../../script/member';
import { schema } from './options';

/** `@nx-redox/cargo:member`. */
export default executor(schema, async (options, { root, projectName = options.package }) => {
  process.stdout.write(await takeMember(root, { ...options, project: projectName }));
});
