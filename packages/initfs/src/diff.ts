import { hash } from 'node:crypto';
import { FormatError } from '@nx-redox/binary';
import { type InitfsImage, placeOf } from './read';
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

/**
 * What is different in `after`, sorted by path; the bootstrap has the path "(bootstrap)".
 *
 * @throws {FormatError} if files overlap so much that comparing them would take much longer than reading the images.
 */
export function diffImages(before: InitfsImage, after: InitfsImage): Difference[] {
  const left = entriesOf(before);
  const right = entriesOf(after);
  const differences: Difference[] = [];
  const [digestBefore, digestAfter] = [digests(before), digests(after)];
  const equal: Comparison = (a, b) => a.length === b.length && digestBefore(a) === digestAfter(b);
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const old = left.get(path);
    const now = right.get(path);
    if (!old && now) differences.push({ path, change: 'added', what: describe(now), after: sizeOf(now) });
    if (old && !now) differences.push({ path, change: 'removed', what: describe(old), before: sizeOf(old) });
    if (old && now) {
      const what = difference(old, now, equal);
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

type Comparison = (old: Uint8Array, now: Uint8Array) => boolean;
type Digest = (content: Uint8Array) => string;

/** Digests of an image's contents; one that is stored once is read once. */
function digests(image: InitfsImage): Digest {
  const known = new Map<string, string>();
  let budget = image.fileSize;
  return (content) => {
    const place = placeOf(content);
    let digest = known.get(place);
    if (digest === undefined) {
      budget -= content.length;
      if (budget < 0) throw new FormatError('damaged initfs image: its files overlap each other', 0);
      digest = hash('sha256', content, 'hex');
      known.set(place, digest);
    }
    return digest;
  };
}

function difference(old: TreeNode, now: TreeNode, equal: Comparison): string | undefined {
  if (describe(old) !== describe(now)) return `${describe(old)} → ${describe(now)}`;
  if (old.kind !== 'file' || now.kind !== 'file') return undefined;
  if (!('bytes' in old.content) || !('bytes' in now.content)) return undefined;
  return equal(old.content.bytes, now.content.bytes) ? undefined : 'content';
}

function sizeOf(node: TreeNode): number {
  return node.kind === 'file' ? contentSize(node.content) : 0;
}
