import { UserError } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { schema } from './options';

/** `@nx-redox/recipe:report`: what the targets of a project run whose files have mistakes. */
export default executor(schema, async ({ problems }) => {
  throw new UserError(problems.join('\n').replace(/^( *)-> /gm, '$1→ '));
});
