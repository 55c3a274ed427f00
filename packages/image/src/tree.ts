import { readdirSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { isElfFile } from '@nx-redox/binary';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/kit';
import { checkNode, type DiskNode } from './node';

/** One entry of the root file system: something to copy, a symbolic link, or an empty folder. */
export interface DiskEntry {
  /**
   * File to copy, or folder whose content is copied, relative to the workspace; may contain `{arch}` and `{backend}`.
   * Symbolic links in a folder stay what they are.
   */
  from?: string;
  /** Target of a symbolic link, instead of `from`. */
  link?: string;
  /** Makes an empty folder, instead of `from`. */
  folder?: boolean;
  /** Place in RedoxFS; for a file with a slash at its end, the folder to put it into. `/` is the root. */
  to: string;
  /** Permissions in octal, such as `1777`. Default: 755 for folders and programs, 644 for other files. */
  mode?: string;
  /** Owner of all that the entry brings. Default: 0, root. */
  uid?: number;
  gid?: number;
  /** Architectures that the entry is for. Default: all. */
  arches?: readonly Arch[];
  /** Where the entry is written (file and line), for messages. */
  origin?: string;
}

/** A folder that no entry asks for is implied: others may add to it and say what it shall be. */
type TreeNode = DiskNode & { implied?: boolean };

/**
 * Collects what the root file system holds.
 *
 * @throws {UserError} if something is missing, leaves the tree, has no place in RedoxFS or wants another's place.
 */
export function collectTree(
  workspaceRoot: string,
  entries: readonly DiskEntry[],
  target: { arch: Arch; backend: Backend },
): DiskNode[] {
  const tree = new Tree();
  const show = (path: string) => {
    const shown = relative(workspaceRoot, path);
    return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
  };
  const missing: string[] = [];
  for (const entry of entries) {
    if (entry.arches && !entry.arches.includes(target.arch)) continue;
    checkForm(entry);
    const { from, link, to, uid = 0, gid = 0 } = entry;
    const place = normalised(entry);
    const mode = entry.mode === undefined ? undefined : Number.parseInt(entry.mode, 8);
    if (link !== undefined) {
      tree.add({
        kind: 'symlink',
        path: named(place, entry),
        mode: 0o777,
        uid,
        gid,
        target: link,
        origin: said(entry),
      });
    } else if (from === undefined) {
      tree.add({ kind: 'directory', path: place, mode: mode ?? 0o755, uid, gid, origin: said(entry) });
    } else {
      const source = resolve(workspaceRoot, fillPath(from, target));
      const stats = statSync(source, { throwIfNoEntry: false });
      const origin = `${show(source)}${entry.origin ? ` (${entry.origin})` : ''}`;
      if (!stats) {
        missing.push(`${to} ← ${origin}`);
      } else if (stats.isDirectory()) {
        const given = mode !== undefined || entry.uid !== undefined || entry.gid !== undefined;
        tree.add({ kind: 'directory', path: place, mode: mode ?? 0o755, uid, gid, origin, implied: !given });
        addFolder(tree, source, place, { uid, gid, show, origin: entry.origin });
      } else {
        const path = to.endsWith('/') ? joined(place, basename(source)) : named(place, entry);
        tree.add({
          ...fileNode(path, source, stats, { uid, gid, origin, show }),
          ...(mode === undefined ? {} : { mode }),
        });
      }
    }
  }
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length === 1 ? 'a file' : `${missing.length} files`} of the image cannot be found:\n  ${missing.join('\n  ')}`,
      { advice: 'build what installs it first; paths are relative to the workspace' },
    );
  }
  return tree.nodes();
}

const joined = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`);
const said = (entry: DiskEntry) => entry.origin ?? `the entry for ${entry.to}`;
const comesFrom = (origin: string | undefined) => (origin ? [`the entry comes from ${origin}`] : []);

function checkForm(entry: DiskEntry): void {
  const { from, link, folder, to, mode, origin } = entry;
  const given = [from !== undefined, link !== undefined, folder === true].filter(Boolean).length;
  if (given !== 1) {
    throw new UserError(
      `the entry for ${to} has ${given === 0 ? 'none' : 'more than one'} of "from", "link", "folder"`,
      {
        advice: ['give it one of them', ...comesFrom(origin)],
      },
    );
  }
  if (mode !== undefined && (!/^[0-7]{3,4}$/.test(mode) || link !== undefined)) {
    throw new UserError(
      link === undefined
        ? `"${mode}" is no mode for ${to}: three or four octal digits, such as 755`
        : `the link ${to} has a mode, but only its target's counts`,
      { advice: comesFrom(origin) },
    );
  }
}

/** The path of an entry's `to` without slashes at its ends and without `.`. */
function normalised({ to, origin }: DiskEntry): string {
  const parts = to.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new UserError(`the place "${to}" leaves the file system`, {
      advice: ['name a place below its root, without ".."', ...comesFrom(origin)],
    });
  }
  return parts.join('/');
}

function named(place: string, { to, origin }: DiskEntry): string {
  if (place !== '') return place;
  throw new UserError(`"${to}" is the root of the file system, which is a folder`, {
    advice: ['name the file in it', ...comesFrom(origin)],
  });
}

interface Source {
  uid: number;
  gid: number;
  origin?: string;
  show: (path: string) => string;
}

function addFolder(tree: Tree, folder: string, place: string, source: Source): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const from = join(folder, entry.name);
    const path = joined(place, entry.name);
    const { uid, gid, show } = source;
    const origin = `${show(from)}${source.origin ? ` (${source.origin})` : ''}`;
    if (entry.isDirectory()) {
      tree.add({ kind: 'directory', path, mode: 0o755, uid, gid, origin, implied: true });
      addFolder(tree, from, path, source);
    } else if (entry.isSymbolicLink()) {
      tree.add({ kind: 'symlink', path, mode: 0o777, uid, gid, target: readlinkSync(from), origin });
    } else {
      tree.add(fileNode(path, from, statSync(from), { uid, gid, origin, show }));
    }
  }
}

function fileNode(
  path: string,
  source: string,
  stats: Stats,
  { uid, gid, origin, show }: Source & { origin: string },
): TreeNode {
  if (!stats.isFile()) {
    throw new UserError(`${show(source)} is a device, socket or fifo: it cannot be ${path} in an image`);
  }
  const executable = (stats.mode & 0o111) !== 0 || isElfFile(source);
  return { kind: 'file', path, mode: executable ? 0o755 : 0o644, uid, gid, content: [{ source }], origin };
}

class Tree {
  private readonly byPath = new Map<string, TreeNode>();

  add(node: TreeNode): void {
    // The root itself is made by RedoxFS: root's, mode 755.
    if (node.path === '') {
      if (node.implied) return;
      throw new UserError("the root folder of the file system is always root's, with mode 755", {
        advice: comesFrom(node.origin),
      });
    }
    checkNode(node);
    this.addParents(node);
    const other = this.byPath.get(node.path);
    if (!other) {
      this.byPath.set(node.path, node);
      return;
    }
    if (other.kind !== 'directory' || node.kind !== 'directory') throw this.twice(other, node);
    if (node.implied) return;
    if (!other.implied && (other.mode !== node.mode || other.uid !== node.uid || other.gid !== node.gid)) {
      throw this.twice(other, node);
    }
    this.byPath.set(node.path, node);
  }

  nodes(): DiskNode[] {
    return [...this.byPath.values()];
  }

  private twice(first: TreeNode, second: TreeNode): UserError {
    return new UserError(`two entries want the place ${second.path}`, {
      advice: [
        `one: ${first.kind} from ${first.origin}`,
        `two: ${second.kind} from ${second.origin}`,
        'drop or rename one',
      ],
    });
  }

  private addParents(node: TreeNode): void {
    const parts = node.path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const path = parts.slice(0, index + 1).join('/');
      const parent = this.byPath.get(path);
      if (!parent) {
        const origin = `the folder of ${node.path}, from ${node.origin}`;
        this.byPath.set(path, { kind: 'directory', path, mode: 0o755, uid: 0, gid: 0, origin, implied: true });
      } else if (parent.kind !== 'directory') {
        throw new UserError(`${node.path} cannot be in ${path}, which is a ${parent.kind}`, {
          advice: [`${path} comes from ${parent.origin}`, `${node.path} comes from ${node.origin}`],
        });
      }
    });
  }
}
