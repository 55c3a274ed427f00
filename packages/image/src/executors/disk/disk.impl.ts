import type { ExecutorContext } from '@nx/devkit';
import { asExecutor } from '@nx-redox/kit';
import { describeImage } from '../../describe';
import { makeDisk } from '../../disk';
import type { DiskExecutorSchema } from './schema';

/** Writes a disk image. */
export default function diskExecutor(
  options: DiskExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async (signal) => {
    const record = await makeDisk(context.root, options, signal);
    process.stdout.write(describeImage(record, options));
  });
}
