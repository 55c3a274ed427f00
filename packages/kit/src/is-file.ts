import { stat } from 'node:fs/promises';

/** Whether there is a regular file, or a link to one. */
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
