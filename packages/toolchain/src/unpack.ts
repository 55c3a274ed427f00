import { stat } from 'node:fs/promises';
import { unpackArchive } from '@nx-redox/kit/archive';
import { megabytes, type Work } from './progress';

/** Bounds against archives made to fill a disk: rustc's own source has 60,000 files and 3 GB. */
const LIMITS = { entries: 500_000, treeBytes: 8e9 };

/**
 * Unpacks a toolchain or rustc's source into the new or empty folder `destination`, without the first part of each
 * path, and shows how far it is.
 *
 * @param only which members to write, by their path in `destination`.
 * @throws {UserError} as {@link unpackArchive}.
 */
export async function unpackTar(
  archive: string,
  destination: string,
  work: Work,
  only?: (path: string) => boolean,
): Promise<void> {
  const total = (await stat(archive).catch(() => undefined))?.size ?? 0;
  const progress = work.step('unpack');
  let read = 0;
  const written = await unpackArchive(archive, destination, {
    origin: 'the archive',
    limits: LIMITS,
    signal: work.signal,
    ...(only === undefined ? {} : { only }),
    onRead: (bytes) => {
      read += bytes;
      progress.update(megabytes(read));
    },
  });
  progress.done(`${megabytes(total)} to ${megabytes(written)}`);
}
