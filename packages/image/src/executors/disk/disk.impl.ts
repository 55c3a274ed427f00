import { executor } from '@nx-redox/kit/options';
import { describeImage } from '../../describe';
import { makeDisk } from '../../options';
import { schema } from './options';

/** Writes a disk image. */
export default executor(schema, async (options, { root }, signal) => {
  process.stdout.write(describeImage(await makeDisk(root, options, signal), options));
});
