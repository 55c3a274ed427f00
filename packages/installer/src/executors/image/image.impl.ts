import { describeImage } from '@nx-redox/image';
import { executor } from '@nx-redox/kit/options';
import { makeConfigImage } from '../../image';
import { schema } from './options';

/** `@nx-redox/installer:image`: an adapter of {@link makeConfigImage}. */
export default executor(schema, async (options, { root, projectName }, signal) => {
  const show = (text: string): void => void process.stderr.write(`${projectName}: ${text}`);
  process.stdout.write(describeImage(await makeConfigImage(root, options, show, signal), options));
});
