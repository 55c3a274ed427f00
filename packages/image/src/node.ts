import type { PlanNode } from '@nx-redox/cookbook/plan';
import { UserError } from '@nx-redox/kit';

/** A node of the root file system, whoever says what is in it. */
export type DiskNode = PlanNode;

// Limit of RedoxFS: DIR_ENTRY_MAX_LENGTH.
const MAX_NAME = 252;
const MAX_ID = 2 ** 32 - 1;

/**
 * Makes sure that a node can be in RedoxFS: its names, mode and owner.
 *
 * @throws {UserError} naming what asks for it.
 */
function checkNode({ path, mode, uid, gid, origin }: DiskNode): void {
  for (const name of path.split('/')) {
    const why = nameFault(name);
    if (why) {
      throw new UserError(`"${name}" cannot be a name in RedoxFS: it ${why}`, {
        advice: [`rename it: ${path}`, `it comes from ${origin}`],
      });
    }
  }
  const isId = (id: number) => Number.isInteger(id) && id >= 0 && id <= MAX_ID;
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777 || !isId(uid) || !isId(gid)) {
    throw new UserError(`${path} cannot have mode ${mode.toString(8)} and owner ${uid}:${gid}`, {
      advice: ['modes end at 7777, uid and gid at 4294967295', `it comes from ${origin}`],
    });
  }
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'names another folder';
  if (Buffer.byteLength(name) > MAX_NAME) return `is longer than ${MAX_NAME} bytes`;
  if (name.includes(':')) return 'contains a colon, which ends the name of a scheme';
  // Node.js puts U+FFFD in the place of bytes that are no UTF-8.
  if (/[\ufffd\0\p{Surrogate}]/u.test(name)) return 'is not UTF-8';
  return undefined;
}

/**
 * Makes sure that nodes are a tree: each directory before its content, and no place twice.
 *
 * @throws {UserError} naming what asks for the nodes.
 */
export function checkTree(nodes: readonly DiskNode[]): void {
  const byPath = new Map<string, DiskNode>();
  for (const node of nodes) {
    checkNode(node);
    const { path, origin } = node;
    const other = byPath.get(path);
    if (other) {
      throw new UserError(`two entries want the place ${path}`, {
        advice: [`one: ${other.kind} from ${other.origin}`, `two: ${node.kind} from ${origin}`],
      });
    }
    const end = path.lastIndexOf('/');
    const parent = byPath.get(path.slice(0, Math.max(end, 0)));
    if (end >= 0 && parent?.kind !== 'directory') {
      throw new UserError(
        parent ? `${path} cannot be in ${parent.path}, which is a ${parent.kind}` : `the folder of ${path} is missing`,
        { advice: [...(parent ? [`${parent.path} comes from ${parent.origin}`] : []), `${path} comes from ${origin}`] },
      );
    }
    byPath.set(path, node);
  }
}
