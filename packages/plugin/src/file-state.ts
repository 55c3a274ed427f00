import { statSync, type Stats } from 'node:fs';

/** What the file system says of a file or folder without reading it. */
export interface FileState {
  isFile: boolean;
  /** Size, times and number of the file: another content has another stamp. */
  stamp: string;
  /** When it was last changed, in milliseconds since 1970. */
  changed: number;
}

/** Undefined if nothing is there. */
export function fileState(path: string): FileState | undefined {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch {
    // A circle of links, or a folder that may not be looked into.
  }
  if (found === undefined) return undefined;
  const { size, mtimeMs, ctimeMs, ino } = found;
  return {
    isFile: found.isFile(),
    stamp: `${size} ${mtimeMs} ${ctimeMs} ${ino}`,
    changed: Math.max(mtimeMs, ctimeMs),
  };
}

/** File systems keep times as coarse as this: a file that changed so shortly before it was read may have changed again unseen. */
const COARSEST_TIME = 2_000;

/** True if the stamp of a file proves that its content is the one that was read at the time `read`. */
export function isSettled({ changed }: Pick<FileState, 'changed'>, read: number): boolean {
  return changed < read - COARSEST_TIME;
}
