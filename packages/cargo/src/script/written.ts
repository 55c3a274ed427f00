import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { ScriptTask } from './task';

/** Folders in which programs keep what they know, and which are no source. */
const OTHERS = new Set(['.git', 'node_modules', 'target', '.nx']);

/** Files that a script reads and must not write, with what changes when they are written. */
export function listWritable({ recipeFile, sourceDir }: ScriptTask): Map<string, string> {
  const files = new Map<string, string>();
  const list = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (OTHERS.has(entry.name)) continue;
      if (entry.isDirectory()) list(path);
      else {
        const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        if (stat !== undefined) files.set(path, `${stat.size} ${stat.mtimeNs} ${stat.ino}`);
      }
    }
  };
  const recipe = dirname(recipeFile);
  list(recipe);
  const isInside = sourceDir === undefined || !relative(recipe, sourceDir).startsWith('..');
  if (!isInside) list(sourceDir);
  return files;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/**
 * Makes sure that a script has left the recipe's folder and its source as they were.
 *
 * @throws {UserError} naming a file that it has written.
 */
export function checkWritten(
  { name, workspaceRoot }: ScriptTask,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  if (changed.length === 0) return;
  const show = (path: string) => relative(workspaceRoot, path).split(sep).join('/');
  throw new UserError(
    `the script of recipe ${name} has written outside its stage: ${changed.slice(0, 3).map(show).join(', ')}${changed.length > 3 ? ` and ${changed.length - 3} more` : ''}`,
    {
      file: show(changed[0]!),
      advice: [
        'write below $COOKBOOK_BUILD, or below $COOKBOOK_SOURCE if that is a copy, and install into $COOKBOOK_STAGE',
        'if you have edited it yourself while the script ran: run the task again, which compiles only what is new',
      ],
    },
  );
}
