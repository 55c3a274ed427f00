import { executor } from '@nx-redox/kit/options';
import { describeImage } from '../../describe';
import { writeDisk } from '../../disk';
import { requestOf } from '../../request';
import { schema } from './options';

/** Writes a disk image. */
export default executor(schema, async (options, { root }, signal) => {
  process.stdout.write(describeImage(await writeDisk(root, requestOf(root, options), signal), options));
});
