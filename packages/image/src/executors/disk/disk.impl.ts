import type { ExecutorContext } from '@nx/devkit';
import { asExecutor } from '@nx-redox/kit';
import { describeImage } from '../../describe';
import { makeDisk } from '../../options';
import type { DiskExecutorSchema } from './schema';

/** Writes a disk image. */
export default function diskExecutor(
  options: DiskExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async (signal) => {
    process.stdout.write(describeImage(await makeDisk(context.root, options, signal), options));
  });
}
