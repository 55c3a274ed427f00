// What a packed package has and its folder in the repository has not.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const PLATFORM = ['os', 'cpu', 'libc'];

/** Whether a package has licences of its own; the others get a copy of the repository's. */
export function ownLicence(folder) {
  return existsSync(join(folder, 'LICENSE-MIT'));
}

/**
 * Writes which machines a package is for into its package.json, or takes it out again: npm refuses to install a
 * workspace on a machine that is not named in one of its members.
 */
export function setPlatform(folder, platform = {}) {
  const file = join(folder, 'package.json');
  const before = readFileSync(file, 'utf8');
  const found = JSON.parse(before);
  for (const key of PLATFORM) delete found[key];
  for (const key of PLATFORM) if (platform[key] !== undefined) found[key] = platform[key];
  const text = `${JSON.stringify(found, null, 2)}\n`;
  if (text !== before) writeFileSync(file, text);
}

/** Puts systems that a package makes new ones from into it: its `templates`, folders of `recipes/`. */
export function addTemplates(root, folder, names = []) {
  removeTemplates(folder);
  for (const name of names) {
    cpSync(join(root, 'recipes', name), join(folder, 'templates', name), {
      recursive: true,
      // npm reads a .gitignore, and packs none.
      filter: (path) => !['target', '.gitignore'].includes(basename(path)),
    });
  }
}

export function removeTemplates(folder) {
  rmSync(join(folder, 'templates'), { recursive: true, force: true });
}
