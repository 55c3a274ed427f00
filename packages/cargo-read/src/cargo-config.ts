import { posix } from 'node:path';
import { isTable } from '@nx-redox/kit/toml';
import { parse } from 'smol-toml';

/** Names of a configuration file of cargo in a folder; of two, cargo takes the second. */
const CONFIGS = ['.cargo/config.toml', '.cargo/config'];

/** Files that a configuration file of cargo takes in (`include`, since cargo 1.94), as they are written there; none if it is no TOML. */
export function configIncludes(text: string): string[] {
  if (!text.includes('include')) return [];
  let config: unknown;
  try {
    config = parse(text);
  } catch {
    return [];
  }
  const include = isTable(config) ? config['include'] : undefined;
  return [include].flat().flatMap((entry: unknown) => {
    const path = isTable(entry) ? entry['path'] : entry;
    return typeof path === 'string' ? [path] : [];
  });
}

/**
 * Configuration files of cargo that a build of crates reads: in their folders, in all above them, and what those take in.
 * Files that are not there are among them, for they would count, and files outside that one takes in (`../`, or absolute).
 *
 * @param includes what {@link configIncludes} says of a file; nothing for one that is not there.
 */
export function configFiles(crates: readonly string[], includes: (file: string) => readonly string[]): string[] {
  const found = new Set<string>();
  for (const crate of crates) {
    for (let dir = crate; ; dir = posix.dirname(dir)) {
      for (const name of CONFIGS) found.add(posix.join(dir, name));
      if (dir === '.' || dir === '/') break;
    }
  }
  // A set is gone through with what is added meanwhile.
  for (const file of found) {
    for (const name of includes(file)) {
      found.add(posix.isAbsolute(name) ? posix.normalize(name) : posix.join(posix.dirname(file), name));
    }
  }
  return [...found];
}

/** A folder and all above it, nearest first, up to the root of the workspace or tree, `.`. */
export function upwards(dir: string): string[] {
  const found = [dir];
  for (let at = dir; at !== '.' && at !== '/' && !at.endsWith('..');) found.push((at = posix.dirname(at)));
  return found;
}
