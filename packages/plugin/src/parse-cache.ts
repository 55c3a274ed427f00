import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** By file name: the hash of the content, and what was read from it. */
type Entries = Record<string, { hash: string; result: unknown }>;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Hash of the code in `dir`: results of another parser are not taken for those of this one. */
export function codeFingerprint(dir: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(dir).sort()) {
    if (/(?<!\.spec|\.d)\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(dir, name)));
  }
  return hash.digest('base64url');
}

/**
 * Parse results that outlive the process, in one JSON file of Nx's workspace data. A result counts only for the same
 * content, so it cannot be stale; a cache that is missing, broken or of other code is the same as an empty one.
 */
export class ParseCache {
  #old: Entries;
  #used: Entries = {};
  #changed = false;

  constructor(
    readonly file: string,
    readonly fingerprint: string,
  ) {
    this.#old = readEntries(file, fingerprint);
  }

  /** What `parse` makes of the text of a file, now or when it was last asked. Results must survive JSON. */
  get<T>(file: string, text: string, parse: () => T): T {
    const hash = sha256(text);
    const known = this.#used[file] ?? this.#old[file];
    if (known?.hash === hash) {
      this.#used[file] = known;
      return known.result as T;
    }
    const result = parse();
    this.#used[file] = { hash, result };
    this.#changed = true;
    return result;
  }

  /** Writes what was used since the last call, if that is not what the file has. A failure costs only time. */
  save(): void {
    const stale = this.#changed || Object.keys(this.#old).length !== Object.keys(this.#used).length;
    const entries = this.#used;
    this.#old = entries;
    this.#used = {};
    this.#changed = false;
    if (!stale) return;
    const temporary = `${this.file}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(temporary, JSON.stringify({ fingerprint: this.fingerprint, entries }));
      renameSync(temporary, this.file);
    } catch {
      try {
        rmSync(temporary, { force: true });
      } catch {
        // Nothing was written.
      }
    }
  }
}

function readEntries(file: string, fingerprint: string): Entries {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { fingerprint?: unknown; entries?: unknown };
    if (stored.fingerprint === fingerprint && typeof stored.entries === 'object' && stored.entries !== null) {
      return stored.entries as Entries;
    }
  } catch {
    // Missing or cut off.
  }
  return {};
}

/** Nx's folder for data of a workspace, where its own plugins keep such caches. */
export function workspaceDataDirectory(workspaceRoot: string): string {
  return resolve(workspaceRoot, process.env['NX_WORKSPACE_DATA_DIRECTORY'] ?? join('.nx', 'workspace-data'));
}
