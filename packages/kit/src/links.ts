import { setImmediate as pause } from 'node:timers/promises';
import { isGitName } from './git-name';

/** Bytes of a link's target that a kernel takes (Linux: PATH_MAX without the NUL at its end). */
export const MAX_TARGET_BYTES = 4095;
/** Bytes of all targets of one tree; the largest trees that people keep have a hundredth of it. */
const MAX_ALL_TARGETS = 16 * 1024 * 1024;
/** Parts of paths that are looked at before others get their turn: well under a tenth of a second. */
const PARTS_PER_TURN = 50_000;

/** Why a link is refused. */
export interface BadLink {
  path: string;
  target: string;
  /** What comes after the link's name in a message. */
  why: string;
}

/** A place in a tree; places below which no link lies have no children and are made as they are met. */
interface Place {
  parent: Place | undefined;
  children?: Map<string, Place>;
  link?: Link;
}

interface Link {
  path: string;
  target: string;
  /** The place where its target is sought. */
  at: Place;
  /** Parts of its target that are not followed yet, last one first. */
  rest?: string[];
  /** Where it leads; null if it leads in a circle and so nowhere. */
  end?: Place | null;
}

/** What is wrong with a link by itself, or undefined. */
export function badTarget(target: string): string | undefined {
  if (target === '') return 'has no target';
  if (target.startsWith('/')) return 'leads out of the source';
  if (target.includes('\0')) return 'has a NUL in its target';
  if (Buffer.byteLength(target) > MAX_TARGET_BYTES) {
    return `has a target of ${Buffer.byteLength(target)} bytes; systems take ${MAX_TARGET_BYTES}`;
  }
  return undefined;
}

/**
 * The first symbolic link that leads out of the tree or into git's own files, also by way of other links. Each part of
 * each path is looked at once, and others get their turn meanwhile.
 *
 * @param links target by path of the link; both as they are in the tree, with `/`.
 * @throws the reason of `signal`, if that fires.
 */
export async function findBadLink(
  links: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<BadLink | undefined> {
  const root: Place = { parent: undefined };
  const all: Link[] = [];
  let bytes = 0;
  let parts = 0;
  const turn = async () => {
    parts = 0;
    await pause();
    signal?.throwIfAborted();
  };
  for (const [path, target] of links) {
    const why = badTarget(target);
    if (why !== undefined) return { path, target, why };
    bytes += target.length;
    if (bytes > MAX_ALL_TARGETS) {
      return {
        path,
        target,
        why: `is one of more than any source needs: their targets have over ${MAX_ALL_TARGETS} bytes`,
      };
    }
    const names = path.split('/');
    parts += names.length;
    let place = root;
    for (const name of names) {
      place.children ??= new Map();
      let next = place.children.get(name);
      if (next === undefined) place.children.set(name, (next = { parent: place }));
      place = next;
    }
    const link: Link = { path, target, at: place.parent ?? root };
    place.link = link;
    all.push(link);
    if (parts > PARTS_PER_TURN) await turn();
  }

  for (const first of all) {
    if (first.end !== undefined) continue;
    // Links that wait for the one after them. By hand, since a chain may be longer than the stack.
    const open: Link[] = [first];
    while (open.length > 0) {
      if (++parts > PARTS_PER_TURN) await turn();
      const link = open.at(-1)!;
      if (link.rest === undefined) {
        link.rest = link.target.split('/').reverse();
        parts += link.rest.length;
      }
      const part = link.rest.pop();
      if (part === undefined) {
        link.end = link.at;
        open.pop();
        continue;
      }
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (link.at.parent === undefined) return { ...first, why: 'leads out of the source' };
        link.at = link.at.parent;
        continue;
      }
      if (isGitName(part)) return { ...first, why: "leads into git's own files" };
      const next: Place = link.at.children?.get(part) ?? { parent: link.at };
      if (next.link === undefined) {
        link.at = next;
      } else if (next.link.end !== undefined) {
        // What lies behind a circle cannot be reached.
        if (next.link.end === null) {
          link.end = null;
          open.pop();
        } else {
          link.at = next.link.end;
        }
      } else if (next.link.rest !== undefined) {
        // It waits for this one: a circle.
        for (const waiting of open) waiting.end = null;
        open.length = 0;
      } else {
        // It comes first, and then this part once more.
        link.rest.push(part);
        open.push(next.link);
      }
    }
  }
  return undefined;
}
