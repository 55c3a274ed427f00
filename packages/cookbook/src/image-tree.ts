import type { ContentPart, PlanNode } from './plan';
/*
 * A root file system in memory, with what the installer does to one: calls of the operating system, symbolic links
 * followed as it follows them. One thing differs: an absolute link leads inside the image, and not to the machine
 * that builds it.
 */

/** Links that are followed on the way to one path, as in Linux. */
const MAX_LINKS = 40;

interface Owned {
  mode: number;
  uid: number;
  gid: number;
  origin: string;
}
interface Directory extends Owned {
  kind: 'directory';
  children: Map<string, Node>;
}
interface File extends Owned {
  kind: 'file';
  content: ContentPart[];
}
interface Symlink extends Owned {
  kind: 'symlink';
  target: string;
}
type Node = Directory | File | Symlink;

/** What cannot be done in the tree, in words that follow a place. */
export class TreeError extends Error {}

/** Permission bits and owner; what is undefined stays as it is. */
export interface Permissions {
  mode?: number;
  uid?: number;
  gid?: number;
}

interface Place {
  parent: Directory;
  name: string;
  /** Undefined: there is nothing of this name yet. */
  node: Node | undefined;
  path: string;
}

export class ImageTree {
  readonly #root: Directory = newDirectory('the installer');

  /** Permissions of the root itself. */
  get root(): Required<Permissions> {
    const { mode, uid, gid } = this.#root;
    return { mode, uid, gid };
  }

  /** Makes a directory and those above it; what is there already stays. */
  makeDirectories(path: string, origin: string): void {
    this.#directory(partsOf(path), origin);
  }

  /** Makes what is above a path. */
  makeParents(path: string, origin: string): void {
    this.#directory(partsOf(path).slice(0, -1), origin);
  }

  /** Writes a file, through a link at its place; a file that is there keeps its owner. */
  writeFile(
    path: string,
    content: readonly ContentPart[],
    { append, origin }: { append: boolean; origin: string },
  ): void {
    this.makeParents(path, origin);
    const { parent, name, node, path: place } = this.#follow(path);
    if (node?.kind === 'directory') throw new TreeError(`${place} is a directory (from ${node.origin}), not a file`);
    if (node?.kind === 'file') {
      node.content = append ? joined([...node.content, ...content]) : joined(content);
      node.origin = origin;
      return;
    }
    parent.children.set(name, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: joined(content), origin });
  }

  /** Makes a link; it takes the place of another link, but of nothing else. */
  makeSymlink(path: string, target: string, origin: string): void {
    this.makeParents(path, origin);
    const { parent, name, node, path: place } = this.#at(path);
    if (node !== undefined && node.kind !== 'symlink')
      throw new TreeError(`${place} is a ${node.kind} (from ${node.origin}) already, which no link replaces`);
    parent.children.set(name, newSymlink(target, origin));
  }

  /** Puts a package's file or link to its place; it replaces files and links, but no directory. */
  place(
    path: string,
    entry: { mode: number; content: readonly ContentPart[] } | { target: string },
    origin: string,
  ): void {
    this.makeParents(path, origin);
    const { parent, name, node, path: place } = this.#at(path);
    if (node?.kind === 'directory') throw new TreeError(`${place} is a directory (from ${node.origin}) already`);
    parent.children.set(
      name,
      'target' in entry
        ? newSymlink(entry.target, origin)
        : { kind: 'file', mode: entry.mode, uid: 0, gid: 0, content: joined(entry.content), origin },
    );
  }

  /** Sets permissions, of what a link leads to. */
  setPermissions(path: string, permissions: Permissions): void {
    const { node, path: place } = this.#follow(path);
    if (node === undefined) throw new TreeError(`${place} is a link that leads nowhere`);
    own(node, permissions);
  }

  /** Gives a directory and all in it to somebody, through links. */
  giveAll(path: string, owner: Pick<Permissions, 'uid' | 'gid'>): void {
    const seen = new Set<Node>();
    const visit = (at: string): void => {
      const { node, path: place } = this.#follow(at);
      if (node === undefined) throw new TreeError(`${place} is a link that leads nowhere, so its target has no owner`);
      if (seen.has(node)) return;
      seen.add(node);
      own(node, owner);
      if (node.kind === 'directory') for (const name of node.children.keys()) visit(`${at}/${name}`);
    };
    visit(path);
  }

  /** Directories and files below a directory, links left out, each with its path from there; undefined if there is none. */
  filesBelow(path: string): { path: string; content?: readonly ContentPart[] }[] | undefined {
    let found: Place;
    try {
      found = this.#follow(path);
    } catch {
      return undefined;
    }
    if (found.node?.kind !== 'directory') return undefined;
    const list: { path: string; content?: readonly ContentPart[] }[] = [];
    const visit = ({ children }: Directory, prefix: string): void => {
      for (const [name, node] of [...children].sort(byKey)) {
        if (node.kind === 'symlink') continue;
        list.push(node.kind === 'file' ? { path: prefix + name, content: node.content } : { path: prefix + name });
        if (node.kind === 'directory') visit(node, `${prefix}${name}/`);
      }
    };
    visit(found.node, '');
    return list;
  }

  /** Every node but the root, each directory before its content, sorted by path. */
  nodes(): PlanNode[] {
    const list: PlanNode[] = [];
    const visit = (directory: Directory, prefix: string): void => {
      for (const [name, node] of directory.children) {
        const { mode, uid, gid, origin } = node;
        const base = { path: prefix + name, mode, uid, gid, origin };
        if (node.kind === 'directory') {
          list.push({ kind: 'directory', ...base });
          visit(node, `${prefix}${name}/`);
        } else if (node.kind === 'symlink') {
          list.push({ kind: 'symlink', ...base, target: node.target });
        } else {
          list.push({ kind: 'file', ...base, content: node.content });
        }
      }
    };
    visit(this.#root, '');
    return list.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The place of a path; links on the way are followed, the last one is not. */
  #at(path: string): Place {
    return this.#walk(partsOf(path), { last: false, links: { left: MAX_LINKS } });
  }

  /** The place of what a path leads to, all links followed. */
  #follow(path: string): Place {
    return this.#walk(partsOf(path), { last: true, links: { left: MAX_LINKS } });
  }

  #walk(parts: readonly string[], { last, links }: { last: boolean; links: { left: number } }): Place {
    /** The directories from the root to here, with their names. */
    let way: { directory: Directory; name: string }[] = [{ directory: this.#root, name: '' }];
    let rest = [...parts];
    let place: Place = { parent: this.#root, name: '', node: this.#root, path: '/' };
    while (rest.length > 0) {
      const name = rest.shift()!;
      if (name === '..') {
        if (way.length > 1) way = way.slice(0, -1);
        const { directory, name: own } = way.at(-1)!;
        place = { parent: (way.at(-2) ?? way[0]!).directory, name: own, node: directory, path: pathOf(way) };
        continue;
      }
      const parent = way.at(-1)!.directory;
      const node = parent.children.get(name);
      const path = `${pathOf(way)}${way.length > 1 ? '/' : ''}${name}`;
      place = { parent, name, node, path };
      if (node?.kind === 'symlink' && (rest.length > 0 || last)) {
        if (links.left-- === 0) throw new TreeError(`${path} is a link that leads in a circle`);
        if (node.target.startsWith('/')) way = way.slice(0, 1);
        rest = [...partsOf(node.target), ...rest];
        if (rest.length === 0) place = { parent: this.#root, name: '', node: way.at(-1)!.directory, path: pathOf(way) };
        continue;
      }
      if (rest.length === 0) break;
      if (node === undefined) throw new TreeError(`there is no ${path}`);
      if (node.kind !== 'directory')
        throw new TreeError(`${path} is a ${node.kind} (from ${node.origin}), not a directory`);
      way = [...way, { directory: node, name }];
    }
    return place;
  }

  /** Makes each directory on the way that is missing. */
  #directory(parts: readonly string[], origin: string): void {
    for (let length = 1; length <= parts.length; length++) {
      const path = parts.slice(0, length).join('/');
      const { parent, name, node, path: place } = this.#follow(path);
      if (node === undefined) {
        const link = this.#at(path).node;
        if (link !== undefined) throw new TreeError(`/${path} is a link (from ${link.origin}) that leads nowhere`);
        parent.children.set(name, newDirectory(origin));
      } else if (node.kind !== 'directory') {
        throw new TreeError(`${place} is a ${node.kind} (from ${node.origin}), not a directory`);
      }
    }
  }
}

function newDirectory(origin: string): Directory {
  return { kind: 'directory', mode: 0o755, uid: 0, gid: 0, children: new Map(), origin };
}

function newSymlink(target: string, origin: string): Symlink {
  return { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target, origin };
}

function own(node: Node, { mode, uid, gid }: Permissions): void {
  if (mode !== undefined) node.mode = mode;
  if (uid !== undefined) node.uid = uid;
  if (gid !== undefined) node.gid = gid;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function pathOf(way: readonly { name: string }[]): string {
  return way.length === 1 ? '/' : way.map(({ name }) => name).join('/');
}

/** Texts that follow each other become one; empty ones go. */
function joined(parts: readonly ContentPart[]): ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if ('text' in part && last !== undefined && 'text' in last)
      result[result.length - 1] = { text: last.text + part.text };
    else if (!('text' in part) || part.text !== '') result.push(part);
  }
  return result;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
