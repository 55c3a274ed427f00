import { relative } from 'node:path';
import { executor } from '@nx-redox/kit/options';
import { bundle } from '../../bundle';
import { formatSize } from '../../layout';
import { schema } from './options';

/** Writes an initfs image. */
export default executor(schema, async (options, { root }, signal) => {
  const { output, format, size, inodeCount, sharedBytes, bootstrapEntry } = await bundle(root, options, signal);
  const shared = sharedBytes > 0 ? `, ${formatSize(sharedBytes)} saved by storing equal files once` : '';
  process.stdout.write(
    `${relative(root, output)}: ${formatSize(size)}, ${inodeCount} inodes, format ${format}, ` +
      `bootstrap entry 0x${bootstrapEntry.toString(16)}${shared}\n`,
  );
});
