import { readFileSync } from 'node:fs';
import { isSettled } from '@nx-redox/kit/settled';
import { sha256, writeCacheFile } from './cache-file';
import type { FileState } from './file-state';

/** The files that the cache is asked about. */
export interface Files {
  /** Undefined if there is no such file. */
  state(file: string): Pick<FileState, 'stamp' | 'changed'> | undefined;
  /** Undefined if it cannot be read. */
  text(file: string): string | undefined;
}

/** The stamp under which the content was seen (empty if it proves nothing), the hash of that content, what was read from it. */
type Entry = [stamp: string, hash: string, result: unknown];
type Entries = Record<string, Entry>;

/**
 * Parse results that outlive the process, in one JSON file of Nx's workspace data. A file is not even read if its size,
 * times and inode are those of the last time, as git does it; otherwise its content decides, so that a fresh clone with
 * a restored cache is fast too. A cache that is missing, broken or of other code is the same as an empty one.
 */
export class ParseCache {
  #old: Entries;
  #used: Entries = {};
  #changed = false;
  /** Files that were read before they were asked for their state, by name, each with when it was read. */
  readonly #unstamped = new Map<string, { files: Files; read: number }>();

  constructor(
    readonly file: string,
    readonly fingerprint: () => string,
    readonly now: () => number = Date.now,
  ) {
    this.#old = readEntries(file, fingerprint);
  }

  /**
   * What `parse` makes of a file, now or when it was last asked; undefined if the file cannot be read. Results must
   * survive JSON and are shared: nobody may change them.
   */
  get<T>(files: Files, file: string, parse: (text: string) => T): T | undefined {
    const known = this.#used[file] ?? this.#old[file];
    if (known === undefined) return this.#add(files, file, parse);
    // A state that is asked for only now would not prove what was read then.
    if (this.#unstamped.has(file)) return known[2] as T;
    const state = files.state(file);
    if (state === undefined) return undefined;
    if (known[0] === state.stamp) {
      this.#used[file] = known;
      return known[2] as T;
    }
    const read = this.now();
    const text = files.text(file);
    if (text === undefined) return undefined;
    const stamp = isSettled(state.changed, read) ? state.stamp : '';
    const hash = sha256(text);
    const sameContent = known[1] === hash;
    const result = sameContent ? (known[2] as T) : parse(text);
    this.#used[file] = [stamp, hash, result];
    if (!sameContent || known[0] !== stamp) this.#changed = true;
    return result;
  }

  /** A file that nothing is known of: its state can wait, since it proves a content only if it is older than the reading. */
  #add<T>(files: Files, file: string, parse: (text: string) => T): T | undefined {
    const read = this.now();
    const text = files.text(file);
    if (text === undefined) return undefined;
    const result = parse(text);
    this.#used[file] = ['', sha256(text), result];
    this.#unstamped.set(file, { files, read });
    this.#changed = true;
    return result;
  }

  #stampAdded(): void {
    for (const [name, { files, read }] of this.#unstamped) {
      const state = files.state(name);
      if (state !== undefined && isSettled(state.changed, read)) this.#used[name]![0] = state.stamp;
    }
    this.#unstamped.clear();
  }

  /** Writes what was used since the last call, if that is not what the file has. A failure costs only time. */
  save(): void {
    this.#stampAdded();
    const stale = this.#changed || Object.keys(this.#old).length !== Object.keys(this.#used).length;
    const entries = this.#used;
    this.#old = entries;
    this.#used = {};
    this.#changed = false;
    if (!stale) return;
    writeCacheFile(this.file, JSON.stringify({ fingerprint: this.fingerprint(), entries }));
  }
}

function readEntries(file: string, fingerprint: () => string): Entries {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { fingerprint?: unknown; entries?: unknown };
    if (stored.fingerprint === fingerprint() && typeof stored.entries === 'object' && stored.entries !== null) {
      return stored.entries as Entries;
    }
  } catch {
    // Missing or cut off.
  }
  return {};
}
