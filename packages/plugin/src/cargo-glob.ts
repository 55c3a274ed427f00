import picomatch from 'picomatch';

/** Whether a path is one that `members` of a Cargo workspace names, by cargo's rules (the crate glob). */
export function cargoGlob(pattern: string): (path: string) => boolean {
  return picomatch(pattern, { nobrace: true, noext: true });
}
