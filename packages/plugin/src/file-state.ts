import { statSync, type Stats } from 'node:fs';

/** What the file system says of a file or folder without reading it. */
export interface FileState {
  isFile: boolean;
  /** Its owner may execute it. */
  isExecutable?: boolean;
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
    isExecutable: found.isFile() && (found.mode & 0o100) !== 0,
    stamp: `${size} ${mtimeMs} ${ctimeMs} ${ino}`,
    changed: Math.max(mtimeMs, ctimeMs),
  };
}
