import { delimiter, join } from 'node:path';

/** Where scripts find programs: ours in front of the compilers, those of `host:` recipes, of the Rust toolchain, of the user. */
export function scriptPath(folders: { front: string; toolchain: string; rust: string; user?: string }): string {
  const { front, toolchain, rust, user } = folders;
  return [front, join(toolchain, 'usr/bin'), rust, user].filter((folder) => folder).join(delimiter);
}
