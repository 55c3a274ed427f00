import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, fillPath } from '@nx-redox/kit';
import { makeDisk } from '../../disk';
import { mebibytes } from '../../redoxfs';
import type { DiskExecutorSchema } from './schema';

/** Writes a disk image. */
export default function diskExecutor(
  options: DiskExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async (signal) => {
    const { size, partitions, redoxfs, budget } = await makeDisk(context.root, options, signal);
    const parts = partitions.map(
      (part) => `${part.name} ${part.fileSystem}, ${mebibytes(part.used)} of ${mebibytes(part.size)} used`,
    );
    const limit = budget.limit === undefined ? '' : `, budget ${mebibytes(budget.limit)}`;
    process.stdout.write(
      `${fillPath(options.outputPath, options)}/disk.img: ${mebibytes(size)}; ${parts.join('; ')}${limit}; ` +
        `${redoxfs.files.length} nodes, RedoxFS ${redoxfs.uuid}; read back and compared\n`,
    );
  });
}
