import { type InitfsImage } from './read';
import { contentSize, type TreeNode, walk } from './tree';

/** One path that is not the same in two images. */
export interface Difference {
  path: string;
  change: 'added' | 'removed' | 'changed';
  /** What differs, for people: "content", "executable → file", "link to a → link to b". */
  what: string;
  /** Sizes in bytes; undefined where the path is not there. */
  before?: number;
  after?: number;
}

/** What is different in `after`, sorted by path; the bootstrap has the path "(bootstrap)". */
export function diffImages(before: InitfsImage, after: InitfsImage): Difference[] {
  const left = entriesOf(before);
  const right = entriesOf(after);
  const differences: Difference[] = [];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const old = left.get(path);
    const now = right.get(path);
    if (!old && now) differences.push({ path, change: 'added', what: describe(now), after: sizeOf(now) });
    if (old && !now) differences.push({ path, change: 'removed', what: describe(old), before: sizeOf(old) });
    if (old && now) {
      const what = difference(old, now);
      if (what) differences.push({ path, change: 'changed', what, before: sizeOf(old), after: sizeOf(now) });
    }
  }
  return differences;
}

function entriesOf(image: InitfsImage): Map<string, TreeNode> {
  const entries = new Map([...walk(image.root)].map(({ path, node }) => [path, node]));
  if (image.bootstrap) {
    entries.set('(bootstrap)', { kind: 'file', executable: true, content: { bytes: image.bootstrap.bytes } });
  }
  return entries;
}

function describe(node: TreeNode): string {
  if (node.kind === 'link') return `link to ${node.target}`;
  if (node.kind === 'dir') return 'directory';
  return node.executable ? 'executable' : 'file';
}

function difference(old: TreeNode, now: TreeNode): string | undefined {
  if (describe(old) !== describe(now)) return `${describe(old)} → ${describe(now)}`;
  if (old.kind !== 'file' || now.kind !== 'file') return undefined;
  if (!('bytes' in old.content) || !('bytes' in now.content)) return undefined;
  return Buffer.compare(old.content.bytes, now.content.bytes) === 0 ? undefined : 'content';
}

function sizeOf(node: TreeNode): number {
  return node.kind === 'file' ? contentSize(node.content) : 0;
}
