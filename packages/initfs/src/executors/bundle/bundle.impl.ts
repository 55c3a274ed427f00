import { relative } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { asExecutor } from '@nx-redox/kit';
import { bundle } from '../../bundle';
import { formatSize } from '../../layout';
import type { BundleExecutorSchema } from './schema';

/** Writes an initfs image. */
export default function bundleExecutor(
  options: BundleExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async (signal) => {
    const { output, format, size, inodeCount, sharedBytes, bootstrapEntry } = await bundle(
      context.root,
      options,
      signal,
    );
    const shared = sharedBytes > 0 ? `, ${formatSize(sharedBytes)} saved by storing equal files once` : '';
    process.stdout.write(
      `${relative(context.root, output)}: ${formatSize(size)}, ${inodeCount} inodes, format ${format}, ` +
        `bootstrap entry 0x${bootstrapEntry.toString(16)}${shared}\n`,
    );
  });
}
