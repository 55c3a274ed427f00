import { readdirSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { isElfFile } from '@nx-redox/binary';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/kit';
import type { DiskNode } from './node';

/** Something to copy to the root file system. */
export interface DiskEntry {
  /**
   * File to copy, or folder whose content is copied, relative to the workspace; may contain `{arch}` and `{backend}`.
   * Symbolic links in a folder stay what they are.
   */
  from: string;
  /** Place in RedoxFS; for a file with a slash at its end, the folder to put it into. `/` is the root. */
  to: string;
}

/**
 * Collects what the root file system holds: all of it is root's; folders and programs have mode 755, other files 644.
 *
 * @returns nodes with their folders; of two entries that want one place, both.
 * @throws {UserError} if something is missing, leaves the tree, or has no place in RedoxFS.
 */
export function collectTree(
  workspaceRoot: string,
  entries: readonly DiskEntry[],
  target: { arch: Arch; backend: Backend },
): DiskNode[] {
  const tree = new Tree(workspaceRoot);
  const missing: string[] = [];
  for (const { from, to } of entries) {
    const source = resolve(workspaceRoot, fillPath(from, target));
    const place = normalised(to);
    const stats = statSync(source, { throwIfNoEntry: false });
    if (!stats) missing.push(`${to} ← ${tree.show(source)}`);
    else if (stats.isDirectory()) tree.addFolder(source, place);
    else if (to.endsWith('/')) tree.addFile(source, joined(place, basename(source)), stats);
    else if (place !== '') tree.addFile(source, place, stats);
    else {
      throw new UserError(`"${to}" is the root of the file system, which is a folder`, {
        advice: 'name the file in it',
      });
    }
  }
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length === 1 ? 'a file' : `${missing.length} files`} of the image cannot be found:\n  ${missing.join('\n  ')}`,
      { advice: 'build what installs it first; paths are relative to the workspace' },
    );
  }
  return tree.nodes;
}

const joined = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`);

/** A place without slashes at its ends and without `.`. */
function normalised(to: string): string {
  const parts = to.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new UserError(`the place "${to}" leaves the file system`, {
      advice: 'name a place below its root, without ".."',
    });
  }
  return parts.join('/');
}

class Tree {
  readonly nodes: DiskNode[] = [];
  /** The root is made by RedoxFS. */
  private readonly folders = new Set(['']);

  constructor(private readonly workspaceRoot: string) {}

  /** A path for messages. */
  show(path: string): string {
    const shown = relative(this.workspaceRoot, path);
    return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
  }

  addFolder(source: string, place: string): void {
    this.folder(place, source);
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      const from = join(source, entry.name);
      const path = joined(place, entry.name);
      if (entry.isDirectory()) this.addFolder(from, path);
      else if (entry.isSymbolicLink())
        this.add(from, { path, kind: 'symlink', mode: 0o777, target: readlinkSync(from) });
      else this.addFile(from, path, statSync(from));
    }
  }

  addFile(source: string, path: string, stats: Stats): void {
    if (!stats.isFile()) {
      throw new UserError(`${this.show(source)} is a device, socket or fifo: it cannot be ${path} in an image`);
    }
    const executable = (stats.mode & 0o111) !== 0 || isElfFile(source);
    this.add(source, { path, kind: 'file', mode: executable ? 0o755 : 0o644, content: [{ source }] });
  }

  private add(source: string, node: Without<DiskNode, 'uid' | 'gid' | 'origin'>): void {
    this.folder(node.path.split('/').slice(0, -1).join('/'), source);
    this.nodes.push({ ...node, uid: 0, gid: 0, origin: this.show(source) });
  }

  /** Makes a folder and those that it is in, unless they are there. */
  private folder(path: string, source: string): void {
    if (this.folders.has(path)) return;
    this.folders.add(path);
    this.add(source, { path, kind: 'directory', mode: 0o755 });
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
