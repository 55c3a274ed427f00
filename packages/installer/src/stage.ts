import { type Dirent, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageStage, StageEntry } from '@nx-redox/cookbook';
import { UserError } from '@nx-redox/kit';

/**
 * Lists what a stage holds, folders before what is in them.
 *
 * @param folder of the stage, relative to the workspace.
 * @throws {UserError} if the package was not built.
 */
export function readStage(workspaceRoot: string, name: string, folder: string): PackageStage {
  const entries: StageEntry[] = [];
  const modeOf = (path: string) => statSync(join(workspaceRoot, path)).mode & 0o7777;
  const read = (path: string): void => {
    let found: Dirent[];
    try {
      found = readdirSync(join(workspaceRoot, folder, path), { withFileTypes: true });
    } catch (cause) {
      throw new UserError(`package "${name}" was not built: ${(cause as NodeJS.ErrnoException).code}`, {
        file: folder,
        advice: `build it: the target build-<backend> of ${name}`,
        cause,
      });
    }
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const source = `${folder}/${inner}`;
      if (entry.isDirectory()) {
        entries.push({ path: inner, kind: 'directory', mode: modeOf(source) });
        read(inner);
      } else if (entry.isSymbolicLink()) {
        entries.push({ path: inner, kind: 'symlink', target: readlinkSync(join(workspaceRoot, source)) });
      } else {
        entries.push({ path: inner, kind: 'file', mode: modeOf(source), source });
      }
    }
  };
  read('');
  return { name, entries };
}
