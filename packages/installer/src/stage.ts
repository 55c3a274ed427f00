import { type Dirent, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { PackageStage, StageEntry } from './plan';

/**
 * Lists what a stage holds, folders before what is in them.
 *
 * @param folder of the stage, relative to the workspace.
 * @throws {UserError} if the package was not built.
 */
export function readStage(workspaceRoot: string, name: string, folder: string): PackageStage {
  const entries: StageEntry[] = [];
  const read = (path: string): void => {
    let found: Dirent[];
    try {
      found = readdirSync(join(workspaceRoot, folder, path), { withFileTypes: true });
    } catch (error) {
      throw new UserError(`package "${name}" was not built: ${(error as NodeJS.ErrnoException).code}`, {
        file: folder,
        advice: `build it: the target build-<backend> of ${name}`,
        cause: error,
      });
    }
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const from = `${folder}/${inner}`;
      if (entry.isDirectory()) {
        entries.push({ path: inner, kind: 'directory', mode: 0o755 });
        read(inner);
      } else if (entry.isSymbolicLink()) {
        entries.push({ path: inner, kind: 'symlink', mode: 0o777, target: readlinkSync(join(workspaceRoot, from)) });
      } else {
        entries.push({ path: inner, kind: 'file', mode: statSync(join(workspaceRoot, from)).mode & 0o7777, from });
      }
    }
  };
  read('');
  return { name, entries };
}
