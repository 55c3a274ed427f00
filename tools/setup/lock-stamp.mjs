import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the packages of a folder are those of its lock file: a stamp beside them says which file they are of. */
export function lockStamp(folder) {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const stamp = join(folder, 'node_modules', '.nx-redox-lock');
  return {
    isCurrent: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock,
    write: () => writeFileSync(stamp, lock),
  };
}
