import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Folders whose content is made by tools, or is no part of the source. */
const SKIPPED = new Set(['target', 'node_modules']);

/** Files of a tree that count here; paths are relative to the workspace root, sorted. */
export interface TreeFilesFound {
  rust: string[];
  manifests: string[];
  locks: string[];
}

/** Looks for Rust files, manifests and lock files in a folder. Symlinks are not followed. */
export function findTreeFiles(workspaceRoot: string, folder: string): TreeFilesFound {
  const found: TreeFilesFound = { rust: [], manifests: [], locks: [] };
  const visit = (dir: string): void => {
    for (const entry of readdirSync(join(workspaceRoot, dir), { withFileTypes: true })) {
      const path = posix.join(dir, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) visit(path);
      } else if (entry.isFile()) {
        if (entry.name.endsWith('.rs')) found.rust.push(path);
        else if (entry.name === 'Cargo.toml') found.manifests.push(path);
        else if (entry.name === 'Cargo.lock') found.locks.push(path);
      }
    }
  };
  visit(folder);
  for (const list of Object.values(found)) list.sort();
  return found;
}
