import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { checkedLinkTarget, type DirNode, emptyDir, nameProblem, type TreeNode } from './tree';

/**
 * Lists a folder of the host as the tree of an image. Files stay on disk until the image is written; the owner's
 * execute bit makes a file executable, as in upstream's redox-initfs-ar. Times, owners and other modes do not count.
 *
 * @throws {UserError} for what an initfs cannot hold: devices, sockets, fifos, names that are not UTF-8, links that
 * leave the folder.
 */
export function scanDirectory(folder: string): DirNode {
  if (!lstatSync(folder, { throwIfNoEntry: false })) {
    throw new UserError('the folder does not exist', { file: folder });
  }
  const root = realpathSync(folder);
  if (!lstatSync(root).isDirectory()) throw new UserError('this is no folder', { file: folder });
  return scan(root, '', root);
}

function scan(dir: string, path: string, root: string): DirNode {
  const node = emptyDir(dir);
  for (const raw of readdirSync(dir, { encoding: 'buffer' })) {
    const name = raw.toString('utf8');
    const file = join(dir, name);
    if (!Buffer.from(name).equals(raw)) {
      throw new UserError(`the name "${raw.toString('latin1')}" is not UTF-8`, {
        file: dir,
        advice: 'rename the file: paths on Redox are UTF-8',
      });
    }
    const wrong = nameProblem(name);
    if (wrong) throw new UserError(`the name ${wrong}`, { file });
    const inner = path === '' ? name : `${path}/${name}`;
    node.entries.set(name, entry(file, inner, lstatSync(file), root));
  }
  return node;
}

function entry(file: string, path: string, stat: Stats, root: string): TreeNode {
  if (stat.isDirectory()) return scan(file, path, root);
  if (stat.isSymbolicLink()) return { kind: 'link', target: linkTarget(file, path, root), origin: file };
  if (stat.isFile()) {
    return {
      kind: 'file',
      executable: (stat.mode & 0o100) !== 0,
      content: { path: file, size: stat.size },
      origin: file,
    };
  }
  const kind = stat.isFIFO() ? 'a fifo' : stat.isSocket() ? 'a socket' : 'a device node';
  throw new UserError(`this is ${kind}; an initfs holds files, directories and symbolic links only`, {
    file,
    advice: 'remove it from the folder; on Redox, devices are schemes of their drivers',
  });
}

function linkTarget(file: string, path: string, root: string): string {
  const target = readlinkSync(file);
  if (!target.startsWith('/')) return checkedLinkTarget(path, target, file);
  // A link that is absolute on the host means a place in the same folder.
  const inside = relative(root, target);
  if (inside.startsWith('..')) return checkedLinkTarget(path, target, file);
  const up = path
    .split('/')
    .slice(1)
    .map(() => '..');
  return checkedLinkTarget(path, [...up, ...inside.split(sep)].join('/'), file);
}
