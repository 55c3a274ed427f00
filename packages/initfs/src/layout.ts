import { UserError } from '@nx-redox/kit';
import {
  BOOTSTRAP_OFFSET,
  DIR_ENTRY_SIZE,
  encodeDirEntry,
  encodeHeader,
  encodeInode,
  type InodeType,
  MAX_IMAGE_SIZE,
  MAX_INODES,
  NO_BOOTSTRAP,
  PAGE_SIZE,
  traitsOf,
  type WritableFormat,
} from './format';
import { contentSize, type FileContent, type FileNode, type InitfsTree, sortedEntries, type TreeNode } from './tree';

/**
 * `compatible`: every part where upstream's redox-initfs-ar puts it (for entries in byte order).
 * `compact`: names and tables share pages, equal contents are stored once; file data stays on pages of its own,
 * because it is mapped.
 */
export type InitfsLayout = 'compatible' | 'compact';
export const INITFS_LAYOUTS: readonly InitfsLayout[] = ['compatible', 'compact'];

/** Bytes at a place of the image. */
interface Extent {
  offset: number;
  content: FileContent;
}

export interface ImagePlan {
  /** Size of the image in bytes. */
  size: number;
  inodeCount: number;
  /** In the order of their offsets; gaps are zeros. */
  extents: Extent[];
  /** Bytes of file contents that need not be stored because equal ones are. */
  sharedBytes: number;
}

export interface PlanOptions {
  format: WritableFormat;
  layout: InitfsLayout;
  /** Seconds since 1970 for the header of formats B and C. */
  time: bigint;
  /** Equal keys promise equal contents (layout `compact` stores them once). */
  contentKey?: (node: FileNode) => string | undefined;
}

interface PlannedNode {
  node: TreeNode;
  path: string;
  inode: number;
  name: Buffer;
  /** In the order of their names. */
  children: PlannedNode[];
  /** Bytes of the node itself: a directory's table, a link's text, a file's content. */
  size: number;
  offset: number;
  nameOffset: number;
}

/**
 * Decides where everything goes.
 *
 * @throws {UserError} if the format cannot hold the tree (4 GiB, 65,535 inodes, which also bounds a directory's entries).
 */
export function planImage(tree: InitfsTree, options: PlanOptions): ImagePlan {
  const { format, layout } = options;
  const traits = traitsOf(format);
  const root = numberNodes(tree, format);
  const all = [...preOrder(root)];
  if (all.length > MAX_INODES) {
    throw new UserError(`the image needs ${all.length} inodes; the format can hold ${MAX_INODES}`, {
      advice: `put fewer files into the initfs; most are in ${crowdedDirs(all)}`,
    });
  }

  const place = layout === 'compatible' ? placeCompatible : placeCompact;
  const { inodeTableOffset, end, fileOffsets, sharedBytes } = place(root, tree, options);
  if (end > MAX_IMAGE_SIZE) {
    throw new UserError(`the image would have ${end} bytes; the format's offsets end at ${MAX_IMAGE_SIZE} (4 GiB)`, {
      advice: largest(tree),
    });
  }

  const header = encodeHeader(
    {
      inodeTableOffset,
      inodeCount: all.length,
      rootInode: root.inode,
      bootstrapEntry: tree.bootstrap?.entry ?? NO_BOOTSTRAP,
      size: end,
      time: options.time,
    },
    format,
  );
  const table = Buffer.alloc(all.length * traits.inodeSize);
  const extents: Extent[] = [
    { offset: 0, content: { bytes: header } },
    { offset: inodeTableOffset, content: { bytes: table } },
  ];
  if (tree.bootstrap) extents.push({ offset: BOOTSTRAP_OFFSET, content: { bytes: tree.bootstrap.bytes } });
  const names = new Set<number>();
  for (const item of all) {
    encodeInode(inodeType(item.node), item.size, item.offset, format).copy(table, item.inode * traits.inodeSize);
    const { node } = item;
    if (node.kind === 'dir') {
      const entries = item.children.map((child) => encodeDirEntry(child.inode, child.name.length, child.nameOffset));
      extents.push({ offset: item.offset, content: { bytes: Buffer.concat(entries) } });
    } else if (node.kind === 'link') {
      extents.push({ offset: item.offset, content: { bytes: linkText(item, format) } });
    } else if (item.size > 0 && fileOffsets.delete(item.offset)) {
      extents.push({ offset: item.offset, content: node.content });
    }
    if (item !== root && !names.has(item.nameOffset)) {
      names.add(item.nameOffset);
      extents.push({ offset: item.nameOffset, content: { bytes: item.name } });
    }
  }
  return {
    size: end,
    inodeCount: all.length,
    extents: extents.filter((extent) => contentSize(extent.content) > 0).sort((a, b) => a.offset - b.offset),
    sharedBytes,
  };
}

function inodeType(node: TreeNode): InodeType {
  return node.kind === 'file' && node.executable ? 'executable' : node.kind;
}

function linkText(item: PlannedNode, format: WritableFormat): Buffer {
  if (item.node.kind !== 'link') return Buffer.alloc(0);
  const { target } = item.node;
  const directory = item.path.slice(0, item.path.lastIndexOf('/') + 1);
  return Buffer.from(traitsOf(format).linksFromRoot ? directory + target : target);
}

/** Inode numbers as upstream gives them: children before their directory; the root is first (A to C) or last (D). */
function numberNodes(tree: InitfsTree, format: WritableFormat): PlannedNode {
  let next = traitsOf(format).tableFirst ? 1 : 0;
  const number = (node: TreeNode, name: string, path: string, isRoot: boolean): PlannedNode => {
    const children =
      node.kind === 'dir'
        ? sortedEntries(node).map(([child, entry]) => number(entry, child, isRoot ? child : `${path}/${child}`, false))
        : [];
    const inode = isRoot && traitsOf(format).tableFirst ? 0 : next++;
    const item: PlannedNode = {
      node,
      path,
      inode,
      name: Buffer.from(name),
      children,
      size: 0,
      offset: 0,
      nameOffset: 0,
    };
    if (node.kind === 'dir') item.size = children.length * DIR_ENTRY_SIZE;
    else if (node.kind === 'link') item.size = linkText(item, format).length;
    else item.size = contentSize(node.content);
    return item;
  };
  return number(tree.root, '', '', true);
}

function* preOrder(item: PlannedNode): Generator<PlannedNode> {
  yield item;
  for (const child of item.children) yield* preOrder(child);
}

interface Placement {
  inodeTableOffset: number;
  /** First byte behind everything. */
  end: number;
  /** Where file contents have to be written. */
  fileOffsets: Set<number>;
  sharedBytes: number;
}

const roundUp = (value: number) => Math.ceil(value / PAGE_SIZE) * PAGE_SIZE;

/** Each part begins on the next page; an empty one takes no room. */
class PagedCursor {
  constructor(public at: number) {}
  take(size: number): number {
    const offset = roundUp(this.at);
    this.at = offset + size;
    return offset;
  }
}

function placeCompatible(root: PlannedNode, tree: InitfsTree, { format }: PlanOptions): Placement {
  const traits = traitsOf(format);
  const tableSize = [...preOrder(root)].length * traits.inodeSize;
  const cursor = new PagedCursor(traits.headerSize);
  if (tree.bootstrap) cursor.take(tree.bootstrap.bytes.length);
  let end = traits.headerSize;
  let inodeTableOffset = 0;
  const fileOffsets = new Set<number>();
  const take = (size: number) => {
    const offset = cursor.take(size);
    if (size > 0) end = offset + size;
    return offset;
  };
  const visit = (dir: PlannedNode) => {
    for (const child of dir.children) {
      child.offset = take(child.size);
      if (child.node.kind === 'file') fileOffsets.add(child.offset);
      if (child.node.kind === 'dir') visit(child);
      child.nameOffset = take(child.name.length);
    }
  };
  if (traits.tableFirst) inodeTableOffset = take(tableSize);
  root.offset = take(root.size);
  visit(root);
  if (!traits.tableFirst) inodeTableOffset = take(tableSize);
  // The table of an empty root is behind everything; readers want even an empty part inside the image.
  if (root.size === 0) root.offset = Math.min(root.offset, end);
  return { inodeTableOffset, end, fileOffsets, sharedBytes: 0 };
}

function placeCompact(root: PlannedNode, tree: InitfsTree, { format, contentKey }: PlanOptions): Placement {
  const traits = traitsOf(format);
  const all = [...preOrder(root)];
  const cursor = new PagedCursor(traits.headerSize);
  if (tree.bootstrap) cursor.take(tree.bootstrap.bytes.length);
  const fileOffsets = new Set<number>();
  const stored = new Map<string, number>();
  let sharedBytes = 0;
  for (const item of all) {
    if (item.node.kind !== 'file') continue;
    const key = item.size > 0 ? contentKey?.(item.node) : undefined;
    const known = key === undefined ? undefined : stored.get(key);
    if (known !== undefined) {
      item.offset = known;
      sharedBytes += item.size;
      continue;
    }
    item.offset = cursor.take(item.size);
    fileOffsets.add(item.offset);
    if (key !== undefined) stored.set(key, item.offset);
  }
  // Nothing may share a page with file data, so the tables begin on the next one.
  const inodeTableOffset = cursor.take(all.length * traits.inodeSize);
  let at = cursor.at;
  const pack = (size: number) => {
    const offset = at;
    at += size;
    return offset;
  };
  for (const item of all) if (item.node.kind === 'dir') item.offset = pack(item.size);
  for (const item of all) if (item.node.kind === 'link') item.offset = pack(item.size);
  const names = new Map<string, number>();
  for (const item of all) {
    if (item === root) continue;
    const key = item.name.toString('latin1');
    const known = names.get(key);
    item.nameOffset = known ?? pack(item.name.length);
    if (known === undefined) names.set(key, item.nameOffset);
  }
  return { inodeTableOffset, end: at, fileOffsets, sharedBytes };
}

function crowdedDirs(all: PlannedNode[]): string {
  return all
    .filter((item) => item.children.length > 0)
    .sort((a, b) => b.children.length - a.children.length)
    .slice(0, 3)
    .map((item) => `/${item.path} (${item.children.length} entries)`)
    .join(', ');
}

/** The largest files of a tree, for messages about its size. */
function largest(tree: InitfsTree, count = 5): string {
  const files: { path: string; size: number }[] = [];
  if (tree.bootstrap) files.push({ path: 'the bootstrap', size: tree.bootstrap.bytes.length });
  const visit = (node: TreeNode, path: string) => {
    if (node.kind === 'file') files.push({ path, size: contentSize(node.content) });
    if (node.kind === 'dir')
      for (const [name, child] of node.entries) visit(child, path === '' ? name : `${path}/${name}`);
  };
  visit(tree.root, '');
  const top = files.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1)).slice(0, count);
  return `the largest: ${top.map(({ path, size }) => `${path} (${formatSize(size)})`).join(', ')}`;
}

/** A size for people: bytes below 10 KiB, else KiB or MiB with one digit. */
export function formatSize(size: number): string {
  if (size < 10 * 1024) return `${size} bytes`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KiB`;
  return `${(size / (1024 * 1024)).toFixed(1)} MiB`;
}
