import { copyFile, lstat, mkdir, open, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isGitName } from '../git-name';
import { badLinkError, tooLarge, tooMany, unsafePath, type TreeLimits } from '../safe-tree';
import { badTarget, findBadLink } from '../links';
import { explainSystemError, UserError } from '../user-error';
import { withDecoded } from './decode';
import { readTar, TarError, type TarMember } from './tar';

export interface UnpackOptions {
  /** What the archive is, for messages. */
  origin: string;
  limits: TreeLimits;
  /** Which members to write, by their path in the destination; all without it. */
  only?: (path: string) => boolean;
  signal?: AbortSignal;
  /** Environment for programs that unpack; this process's without it. */
  env?: NodeJS.ProcessEnv;
  /** Told how many bytes of the archive came since the last call. */
  onRead?: (bytes: number) => void;
}

/** What an entry may take besides its content: header, long name, padding. */
const ENTRY_BYTES = 2048;

/**
 * Unpacks a tar archive into the new or empty folder `destination`, without the first part of each path, as the
 * cookbook does. Symbolic links are made last, so nothing is ever written through one; files get the present time.
 *
 * @returns the bytes of all files.
 * @throws {UserError} if it is no archive, damaged, too large, or holds anything that leaves the folder or that is not
 *   supported; the reason of `signal`. The folder holds a part of it then.
 */
export async function unpackArchive(archive: string, destination: string, options: UnpackOptions): Promise<number> {
  const { origin, limits, signal } = options;
  const writer = new TreeWriter(destination, options);
  // Headers and padding count too, but less than what they could describe.
  const bound = limits.treeBytes + limits.entries * ENTRY_BYTES;
  const guarded = async function* (plain: AsyncIterable<Buffer>) {
    let unpacked = 0;
    for await (const chunk of plain) {
      unpacked += chunk.length;
      if (unpacked > bound) throw tooLarge(origin, limits);
      yield chunk;
    }
  };
  try {
    await withDecoded(archive, options, async (plain) => {
      for await (const member of readTar(guarded(plain))) {
        signal?.throwIfAborted();
        await writer.add(member);
      }
    });
    return await writer.finish();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    const { message } = error as Error;
    if (error instanceof TarError && !/end of data|damaged/.test(message)) {
      throw new UserError(`${origin}: ${message}, which is not supported`, { file: archive, cause: error });
    }
    throw (
      explainSystemError(error) ??
      new UserError(`${origin}: the archive is cut off or damaged: ${message}`, {
        file: archive,
        cause: error,
        advice: 'fetch it again; if it stays so, its server has it that way',
      })
    );
  }
}

/** Writes the members of an archive, and refuses what does not stay inside. */
class TreeWriter {
  readonly #links = new Map<string, string>();
  /** Folders that were made, files that were written. */
  readonly #folders = new Set<string>();
  readonly #files = new Set<string>();
  #entries = 0;
  #bytes = 0;

  constructor(
    readonly root: string,
    readonly options: UnpackOptions,
  ) {}

  async add(member: TarMember): Promise<void> {
    const { name, kind, target, size } = member;
    this.#count();
    const path = this.#pathOf(name);
    if (kind === 'other') throw this.#refuse(name, `is a ${member.what}, which is not supported`);
    // Members above the first folder are dropped, as tar --strip-components=1 does, but not before they were looked at.
    if (kind === 'hard-link') await this.#hardLink(path, name, target);
    else if (path === undefined || !(this.options.only?.(path) ?? true)) return;
    else if (kind === 'link') await this.#link(path, name, target);
    else if (kind === 'folder') await this.#folder(path, name);
    else {
      this.#grow(size);
      const file = await open(await this.#place(path, name), 'wx', member.executable ? 0o755 : 0o644);
      try {
        for await (const chunk of member.content) await file.write(chunk);
      } finally {
        await file.close();
      }
    }
  }

  /** Makes the symbolic links, once all of them are known. */
  async finish(): Promise<number> {
    const { origin, signal } = this.options;
    if (this.#entries === 0) throw new UserError(`${origin}: the archive is empty`);
    const bad = await findBadLink(this.#links, signal);
    if (bad !== undefined) throw badLinkError(bad, origin);
    for (const [path, target] of this.#links) {
      signal?.throwIfAborted();
      await symlink(target, join(this.root, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw this.#collision(path);
        throw error;
      });
    }
    return this.#bytes;
  }

  #count(): void {
    if (++this.#entries > this.options.limits.entries) throw tooMany(this.options.origin, this.options.limits);
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.options.limits.treeBytes) throw tooLarge(this.options.origin, this.options.limits);
  }

  #refuse(name: string, why: string): UserError {
    const shown = name.length > 300 ? `${name.slice(0, 300)}…` : name;
    return new UserError(`${this.options.origin}: the member ${JSON.stringify(shown)} ${why}`, {
      advice: 'nothing of the archive was taken',
    });
  }

  #collision(path: string): UserError {
    return this.#refuse(path, 'has a name that this file system does not tell from another member’s');
  }

  /** Path below the first folder; undefined for what is not below one, and for git's own files. */
  #pathOf(name: string): string | undefined {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    // Archives made of a checkout bring its repository, which could run programs. Nobody writes it in another way.
    if (parts.includes('.git') && !parts.some((part) => part !== '.git' && isGitName(part))) {
      const unsafe = unsafePath(parts.map((part) => (part === '.git' ? 'git' : part)).join('/'));
      if (unsafe === undefined && !name.startsWith('/')) return undefined;
    }
    const unsafe = unsafePath(name);
    if (unsafe !== undefined) throw this.#refuse(name, unsafe);
    return parts.length < 2 ? undefined : parts.slice(1).join('/');
  }

  /** Makes a folder and those above it; each counts. */
  async #folder(path: string, name: string): Promise<void> {
    const missing: string[] = [];
    for (let at = path; at !== '.' && !this.#folders.has(at); at = posix.dirname(at)) {
      const link = this.#links.get(at);
      if (link !== undefined && at !== path) throw this.#refuse(name, `would be written through the link ${at}`);
      if (link !== undefined) this.#links.delete(at);
      missing.push(at);
    }
    for (const at of missing.reverse()) {
      if (at !== path) this.#count();
      await mkdir(join(this.root, at)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST' && error.code !== 'ENOTDIR') throw error;
        throw this.#files.has(at) ? this.#refuse(name, `cannot be written: ${at} is a file`) : this.#collision(at);
      });
      this.#folders.add(at);
    }
  }

  /** Where a file is to be written; one of the same name that came before makes way, as with tar. */
  async #place(path: string, name: string): Promise<string> {
    const parent = posix.dirname(path);
    if (parent !== '.') {
      if (this.#links.has(parent)) throw this.#refuse(name, `would be written through the link ${parent}`);
      await this.#folder(parent, name);
    }
    if (this.#folders.has(path)) throw this.#refuse(name, 'is a file, but was a folder before');
    this.#links.delete(path);
    const full = join(this.root, path);
    if (this.#files.has(path)) await rm(full);
    else if ((await lstat(full).catch(() => undefined)) !== undefined) throw this.#collision(path);
    this.#files.add(path);
    return full;
  }

  async #link(path: string, name: string, target: string): Promise<void> {
    const why = badTarget(target);
    if (why !== undefined) throw badLinkError({ path, target, why }, this.options.origin);
    await this.#place(path, name);
    this.#files.delete(path);
    this.#links.set(path, target);
  }

  /** A hard link becomes a copy: two names of one file would let a patch of one change the other. */
  async #hardLink(path: string | undefined, name: string, target: string): Promise<void> {
    if (path === undefined) return;
    const unsafe = unsafePath(target);
    if (unsafe !== undefined) throw this.#refuse(name, `is a hard link to ${JSON.stringify(target)}, which ${unsafe}`);
    const from = this.#pathOf(target);
    if (path === from || !(this.options.only?.(path) ?? true)) return;
    const link = from === undefined ? undefined : this.#links.get(from);
    if (link !== undefined) return this.#link(path, name, link);
    if (from === undefined || !this.#files.has(from)) {
      throw this.#refuse(name, `is a hard link to ${JSON.stringify(target)}, which is no file of the archive`);
    }
    const source = join(this.root, from);
    this.#grow((await lstat(source)).size);
    await copyFile(source, await this.#place(path, name));
  }
}
