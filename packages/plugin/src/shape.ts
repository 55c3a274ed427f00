import { hash } from 'node:crypto';
import { type Dirent, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { FileState } from './file-state';
import type { InputDefinition } from './nx';

/** Folders of tools. */
const NEVER = new Set(['.git', '.nx', '.nx-redox', 'node_modules']);

/** What of a workspace is asked here. */
interface ShapeTree {
  readonly root: string;
  /** Entries of a folder, sorted. */
  list(dir: string): readonly Dirent[];
  /** Links are followed. */
  stateOfAny(path: string): FileState | undefined;
  /** Where a link leads to in the workspace. */
  readonly code: { target(path: string): string | undefined };
}

/** What files and folders are besides the content of regular files, which is all that Nx hashes. */
export interface Shape {
  /** Of where links lead, which files may be executed, folders without anything in them; empty if there are none. */
  digest: string;
  /** Files and folders of the workspace that links lead to, outside what was looked at. Sorted. */
  targets: string[];
}

export const NO_SHAPE: Shape = { digest: '', targets: [] };

/**
 * Looks at the shape of files and folders.
 *
 * @param paths relative to the workspace; what is not there has none.
 * @param isLeftOut true for what does not count.
 */
export function shapeOf(
  paths: readonly string[],
  tree: ShapeTree,
  isLeftOut: (path: string) => boolean = () => false,
): Shape {
  const lines = new Set<string>();
  const targets = new Set<string>();
  const addLink = (path: string): void => {
    let text = '';
    try {
      text = readlinkSync(join(tree.root, path));
    } catch {
      // No link itself, but below one; or it was removed meanwhile.
    }
    const target = tree.code.target(path);
    if (target !== undefined) targets.add(target);
    lines.add(`link ${path} ${text} ${target ?? ''}`);
  };
  const addFile = (path: string): void => {
    if (tree.stateOfAny(path)?.isExecutable === true) lines.add(`executable ${path}`);
  };
  const addFolder = (dir: string): void => {
    const entries = tree.list(dir);
    if (entries.some(({ name }) => name === 'CACHEDIR.TAG')) return;
    if (entries.length === 0) lines.add(`empty ${dir}`);
    for (const entry of entries) {
      const path = posix.join(dir, entry.name);
      if (NEVER.has(entry.name) || isLeftOut(path)) continue;
      if (entry.isSymbolicLink()) addLink(path);
      else if (entry.isDirectory()) addFolder(path);
      else addFile(path);
    }
  };
  for (const path of paths) {
    const state = tree.stateOfAny(path);
    if (state === undefined || path.startsWith('..')) continue;
    if (state.isFile) addFile(path);
    else addFolder(path);
    if (tree.code.target(path) !== undefined) addLink(path);
  }
  const isBelow = (path: string, dir: string): boolean => dir === '.' || `${path}/`.startsWith(`${dir}/`);
  return {
    digest: lines.size === 0 ? '' : hash('sha256', [...lines].sort().join('\n'), 'hex').slice(0, 16),
    // A folder above would be everything.
    targets: [...targets]
      .filter((at) => at !== '' && !paths.some((dir) => isBelow(at, dir) || isBelow(dir, at)))
      .sort(),
  };
}

/** A shape as an input: Nx has none for a text, only for what a command prints. */
export function shapeInputs({ digest }: Shape): InputDefinition[] {
  return digest === '' ? [] : [{ runtime: `echo links-and-modes ${digest}` }];
}

/** What links lead to, as inputs: a file, or a folder with all that is in it. */
export function targetInputs({ targets }: Shape): InputDefinition[] {
  return targets.flatMap((path) => [`{workspaceRoot}/${path}`, `{workspaceRoot}/${path}/**/*`]);
}
