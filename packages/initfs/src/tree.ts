import { UserError } from '@nx-redox/kit';
import { MAX_NAME_BYTES } from './format';

/** A file's bytes: in memory, or on disk to be copied when the image is written. */
export type FileContent = { bytes: Uint8Array } | { path: string; size: number };

interface NodeBase {
  /** Where the entry was asked for (a file and line, a folder), for messages. */
  origin?: string;
}

export interface FileNode extends NodeBase {
  kind: 'file';
  executable: boolean;
  content: FileContent;
}

export interface LinkNode extends NodeBase {
  kind: 'link';
  /** Relative to the directory that the link is in. */
  target: string;
}

export interface DirNode extends NodeBase {
  kind: 'dir';
  entries: Map<string, TreeNode>;
}

export type TreeNode = FileNode | LinkNode | DirNode;

/** The program that the kernel jumps into; its ELF file is part of the image. */
export interface Bootstrap {
  bytes: Uint8Array;
  /** Address of the first instruction. */
  entry: bigint;
}

export interface InitfsTree {
  root: DirNode;
  bootstrap?: Bootstrap;
}

export function emptyDir(origin?: string): DirNode {
  return { kind: 'dir', entries: new Map(), origin };
}

export function contentSize(content: FileContent): number {
  return 'bytes' in content ? content.bytes.length : content.size;
}

/** Entries in the order in which they are written: by the bytes of their names. */
export function sortedEntries(dir: DirNode): [string, TreeNode][] {
  return [...dir.entries]
    .map(([name, node]) => ({ name, node, bytes: Buffer.from(name) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ name, node }) => [name, node]);
}

export interface WalkedNode {
  /** Path in the image, without a leading slash. */
  path: string;
  node: TreeNode;
}

/** Every entry below the root: directories before what is in them, names in byte order. */
export function* walk(dir: DirNode, prefix = ''): Generator<WalkedNode> {
  for (const [name, node] of sortedEntries(dir)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    yield { path, node };
    if (node.kind === 'dir') yield* walk(node, path);
  }
}

/** The node at a path of the image; links are not followed. */
export function findNode(root: DirNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    node = node?.kind === 'dir' ? node.entries.get(name) : undefined;
  }
  return node;
}

/** What is wrong with a name of a directory entry, if anything is. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return `is "${name}", which has a meaning of its own`;
  if (name.includes('/')) return 'has a "/" in it';
  if (name.includes('\0')) return 'has a NUL byte in it';
  const size = Buffer.byteLength(name);
  if (size > MAX_NAME_BYTES) return `has ${size} bytes; the format can hold ${MAX_NAME_BYTES}`;
  return undefined;
}

/** PATH_MAX of relibc: a longer path is refused on Redox. */
export const MAX_TARGET_BYTES = 4096;

/** Why a link's target cannot be used, if it cannot; `path` is the link's own place in the image. */
export function linkProblem(path: string, target: string): string | undefined {
  if (target === '') return 'has no target';
  const size = Buffer.byteLength(target);
  if (size > MAX_TARGET_BYTES) return `has a target of ${size} bytes; a path has at most ${MAX_TARGET_BYTES}`;
  if (target.includes('\0')) return 'has a NUL byte in its target';
  if (target.startsWith('/')) return 'has an absolute target';
  const at = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..' && at.pop() === undefined) return 'leaves the image';
    if (part !== '' && part !== '.' && part !== '..') at.push(part);
  }
  return at.join('/') === path ? 'points to itself' : undefined;
}

/**
 * The target of a link as it is kept: relative to the link's directory, without "." and empty parts.
 *
 * @throws {UserError} if it is empty, absolute or leaves the image.
 */
export function checkedLinkTarget(path: string, target: string, origin?: string): string {
  const problem = linkProblem(path, target);
  if (problem) {
    throw new UserError(`the link ${path} → "${target}" ${problem}`, {
      advice: [
        'a link in an initfs names a file of the same image, relative to its own directory',
        ...(origin ? [`the entry comes from ${origin}`] : []),
      ],
    });
  }
  return (
    target
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/') || '.'
  );
}

/** Fills a tree path by path; parents appear by themselves, and nothing is replaced silently. */
export class TreeBuilder {
  readonly root = emptyDir();

  /**
   * Adds one entry.
   *
   * @param path place in the image, relative to its root
   * @throws {UserError} if the path is not usable or taken; the message names both sides.
   */
  add(path: string, node: TreeNode): void {
    const parts = path.split('/');
    for (const part of parts) {
      const problem = nameProblem(part);
      if (problem) {
        const what =
          parts.length === 1 ? `the name "${shorten(part)}"` : `the part "${shorten(part)}" of "${shorten(path)}"`;
        throw new UserError(`${what} ${problem}`, {
          advice: [
            'paths in an initfs are relative to its root, without ".", ".." and empty parts: "bin/init", not "/bin/init"',
            ...(node.origin ? [`the entry comes from ${node.origin}`] : []),
          ],
        });
      }
    }
    const name = parts.pop() as string;
    let dir = this.root;
    let at = '';
    for (const part of parts) {
      at = at === '' ? part : `${at}/${part}`;
      let next = dir.entries.get(part);
      if (!next) {
        next = emptyDir(node.origin);
        dir.entries.set(part, next);
      }
      if (next.kind !== 'dir') throw conflict(`${at} is a ${next.kind} and also the directory of ${path}`, next, node);
      dir = next;
    }
    const taken = dir.entries.get(name);
    if (taken?.kind === 'dir' && node.kind === 'dir' && node.entries.size === 0) return;
    if (taken) throw conflict(`two entries claim ${path}`, taken, node);
    dir.entries.set(
      name,
      node.kind === 'link' ? { ...node, target: checkedLinkTarget(path, node.target, node.origin) } : node,
    );
  }
}

function conflict(message: string, first: TreeNode, second: TreeNode): UserError {
  return new UserError(message, {
    advice: [
      `one comes from ${describe(first)}`,
      `the other comes from ${describe(second)}`,
      'remove one of them or give it another place',
    ],
  });
}

function describe(node: TreeNode): string {
  const what =
    node.kind === 'link'
      ? `a link to ${node.target}`
      : node.kind === 'dir'
        ? 'a directory'
        : 'path' in node.content
          ? node.content.path
          : 'bytes in memory';
  return node.origin ? `${what} (${node.origin})` : what;
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}…` : text);
