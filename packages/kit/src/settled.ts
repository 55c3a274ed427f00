/** File systems keep times as coarse as this (FAT: 2 s): a file that changed so shortly before it was read may have changed again unseen. */
const COARSEST_TIME = 2_000;

/**
 * True if size and times of a file prove that its content is the one that was read.
 *
 * @param changed the last change of content or name (mtime, ctime), in milliseconds since 1970, as `read`.
 */
export function isSettled(changed: number, read: number): boolean {
  return changed < read - COARSEST_TIME;
}
