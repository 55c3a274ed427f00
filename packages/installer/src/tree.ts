import { posix } from 'node:path';
import { UserError } from '@nx-redox/kit';

/** A file of a package's stage: where it lies on this machine, relative to the workspace. */
export interface StagedContent {
  from: string;
}

/** What a file holds: text of a config, or a file of a stage, with text added to its end by `append`. */
export type Content = string | (StagedContent & { appended?: string });

/** A node of the file system that is installed. */
export interface Node {
  kind: 'directory' | 'file' | 'symlink';
  mode: number;
  uid: number;
  gid: number;
  content?: Content;
  target?: string;
  /** Who asks for it: file and line of a config, or a package; for messages. */
  origin: string;
}

export interface Owner {
  uid?: number;
  gid?: number;
}

const MOST_LINKS = 40;

/** The file system that an installer fills, in memory: paths are without a leading slash, the root is ''. */
export class InstallTree {
  readonly nodes = new Map<string, Node>();

  /** The place that a path names: links in it are followed, but for its last part. */
  resolve(path: string, origin: string): string {
    let place = '';
    let links = 0;
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    while (parts.length > 0) {
      const part = parts.shift()!;
      if (part === '..') {
        place = place === '' ? '' : posix.dirname(place).replace(/^\.$/, '');
        continue;
      }
      const next = place === '' ? part : `${place}/${part}`;
      const node = this.nodes.get(next);
      if (parts.length === 0 || node?.kind !== 'symlink') {
        place = next;
        continue;
      }
      if (++links > MOST_LINKS)
        throw new UserError(`${path} leads through too many links`, { advice: `it comes from ${origin}` });
      if (node.target!.startsWith('/')) place = '';
      parts.unshift(...node.target!.split('/').filter((name) => name !== '' && name !== '.'));
    }
    return place;
  }

  /** As {@link resolve}, with a link at the end followed too, as writing to it does. */
  resolveEnd(path: string, origin: string): string {
    let place = this.resolve(path, origin);
    for (let links = 0; this.nodes.get(place)?.kind === 'symlink'; links++) {
      if (links > MOST_LINKS)
        throw new UserError(`${path} is a circle of links`, { advice: `it comes from ${origin}` });
      const target = this.nodes.get(place)!.target!;
      place = this.resolve(target.startsWith('/') ? target : posix.join(posix.dirname(place), target), origin);
    }
    return place;
  }

  /** Makes a folder and those above it. @returns its place. */
  directory(path: string, origin: string): string {
    const place = this.resolveEnd(path, origin);
    let at = '';
    for (const part of place.split('/').filter(Boolean)) {
      at = at === '' ? part : `${at}/${part}`;
      const node = this.nodes.get(at);
      if (node === undefined) this.nodes.set(at, { kind: 'directory', mode: 0o755, uid: 0, gid: 0, origin });
      else if (node.kind !== 'directory') throw this.#occupied(at, node, 'folder', origin);
    }
    return place;
  }

  /** Writes a file; one that is there keeps its owner. @returns its place. */
  file(path: string, content: Content, mode: number | undefined, origin: string, append = false): string {
    this.directory(posix.dirname(`/${path}`), origin);
    const place = this.resolveEnd(path, origin);
    const before = this.nodes.get(place);
    if (before?.kind === 'directory') throw this.#occupied(place, before, 'file', origin);
    const { uid = 0, gid = 0 } = before ?? {};
    const whole = append && before !== undefined ? joined(before.content!, content as string) : content;
    this.nodes.set(place, { kind: 'file', mode: mode ?? before?.mode ?? 0o644, uid, gid, content: whole, origin });
    return place;
  }

  /** Makes a link; it takes the place of another link, and of nothing else. */
  symlink(path: string, target: string, origin: string): void {
    this.directory(posix.dirname(`/${path}`), origin);
    const place = this.resolve(path, origin);
    const before = this.nodes.get(place);
    if (before !== undefined && before.kind !== 'symlink') throw this.#occupied(place, before, 'link', origin);
    this.nodes.set(place, { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target, origin });
  }

  /** Puts a node of a package in its place, whatever file or link is there (as pkgar does). */
  replace(path: string, node: Node): void {
    this.directory(posix.dirname(`/${path}`), node.origin);
    const place = this.resolve(path, node.origin);
    const before = this.nodes.get(place);
    if (before?.kind === 'directory')
      throw this.#occupied(place, before, node.kind === 'file' ? 'file' : 'link', node.origin);
    this.nodes.set(place, node);
  }

  /** Sets mode and owner of a place; the owner also of all below it if `recursive` says so. */
  change(place: string, { mode, uid, gid }: Owner & { mode?: number }, recursive = false): void {
    const node = this.nodes.get(place);
    if (node === undefined) return;
    if (mode !== undefined) node.mode = mode;
    const own = (entry: Node) =>
      Object.assign(entry, uid === undefined ? {} : { uid }, gid === undefined ? {} : { gid });
    own(node);
    if (!recursive) return;
    for (const [path, entry] of this.nodes) if (path.startsWith(`${place}/`)) own(entry);
  }

  /** Names of what lies in a folder, sorted. */
  entries(place: string): string[] {
    const prefix = place === '' ? '' : `${place}/`;
    return [...this.nodes.keys()]
      .filter((path) => path.startsWith(prefix) && path !== place && !path.slice(prefix.length).includes('/'))
      .sort();
  }

  #occupied(place: string, before: Node, wanted: string, origin: string): UserError {
    return new UserError(`/${place} is a ${before.kind} already and cannot become a ${wanted}`, {
      advice: [`the ${before.kind} comes from ${before.origin}`, `the ${wanted} comes from ${origin}`],
    });
  }
}

function joined(before: Content, text: string): Content {
  if (typeof before === 'string') return before + text;
  return { from: before.from, appended: (before.appended ?? '') + text };
}
