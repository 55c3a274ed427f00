import { type Arch, type Backend, fillPath } from '@nx-redox/kit';
import type { ImageRecord } from './record';
import { mebibytes } from './size-text';

/** A line about a disk that was made, for people. */
export function describeImage(
  { size, partitions, redoxfs, budget }: ImageRecord,
  { outputPath, ...values }: { outputPath: string; arch: Arch; backend: Backend },
): string {
  const parts = partitions.map(
    (part) => `${part.name} ${part.fileSystem}, ${mebibytes(part.used)} of ${mebibytes(part.size)} used`,
  );
  const limit = budget.limit === undefined ? '' : `, budget ${mebibytes(budget.limit)}`;
  return (
    `${fillPath(outputPath, values)}/disk.img: ${mebibytes(size)}; ${parts.join('; ')}${limit}; ` +
    `${redoxfs.files.length} nodes, RedoxFS ${redoxfs.uuid}\n`
  );
}
