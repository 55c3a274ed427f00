import { type Dirent, readdirSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetFailedProbes } from '@nx-redox/kit';

/** What cargo keeps of a profile's crates. What a script finds there, it links or copies to beside them. */
const OF_PROFILE = new Set(['.fingerprint', '.cargo-lock', 'build', 'deps', 'examples', 'incremental']);
/** What cargo keeps in its target folder itself. */
const OF_TARGET = new Set(['.rustc_info.json', 'CACHEDIR.TAG']);

/** Whether a folder is one of cargo's, with the crates of a profile. */
const isProfile = (entries: readonly Dirent[]): boolean =>
  entries.some((entry) => entry.name === '.fingerprint' && entry.isDirectory());

/**
 * Removes from a folder all but what cargo has compiled, wherever a script had it compiled.
 *
 * @param keep tells what stays besides, by its path relative to the folder.
 * @returns whether anything is left.
 */
export async function pruneWork(folder: string, keep: (path: string) => boolean = () => false): Promise<boolean> {
  return prune(folder, '', keep);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function prune(root: string, path: string, keep: (path: string) => boolean): Promise<boolean> {
  const folder = join(root, path);
  const entries = entriesOf(folder);
  const ofCargo = isProfile(entries) ? OF_PROFILE : OF_TARGET;
  let isLeft = false;
  let hasProfile = isProfile(entries);
  const own: string[] = [];
  for (const entry of entries) {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    if (ofCargo.has(entry.name)) own.push(inner);
    else if (entry.isDirectory()) {
      if (await prune(root, inner, keep)) isLeft = hasProfile = true;
      else if (!keep(inner)) await rmdir(join(root, inner));
    } else if (keep(inner)) isLeft = true;
    else await rm(join(root, inner));
  }
  // Without crates below it, it only looks like one of cargo's files.
  if (hasProfile) {
    forgetFailedProbes(folder);
    return isLeft || own.length > 0;
  }
  for (const inner of own) {
    if (keep(inner)) isLeft = true;
    else await rm(join(root, inner));
  }
  return isLeft;
}

/**
 * Removes libraries of crates that the last run has not used: scripts take all that they find in cargo's folder.
 *
 * @param used names of all files that cargo has named.
 */
export async function dropUnusedLibraries(used: ReadonlySet<string>): Promise<void> {
  const folders = new Set(
    [...used]
      .filter((file) => /\/deps\/[^/]+\.(rlib|rmeta)$/.test(file))
      .map((file) => file.slice(0, file.lastIndexOf('/'))),
  );
  for (const folder of folders) {
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const [, crate] = /^lib(.+)\.(?:rlib|rmeta)$/.exec(name) ?? [];
      if (crate === undefined || ['rlib', 'rmeta'].some((ending) => used.has(join(folder, `lib${crate}.${ending}`))))
        continue;
      await rm(join(folder, name));
    }
  }
}
