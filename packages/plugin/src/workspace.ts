import { type Dirent, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import {
  codeFacts,
  type CodeTree,
  configIncludes,
  parseCargoManifest,
  type ReadCargoManifest,
} from '@nx-redox/cargo-read';
import { type Diagnostic, TomlDocument } from '@nx-redox/kit/toml';
import { fileState, type FileState } from './file-state';
import type { Files, ParseCache } from './parse-cache';

/** What a parser makes of a file. */
interface Parsed {
  diagnostics: readonly Diagnostic[];
}

/** Diagnostics that the caller may add to. */
interface OwnDiagnostics {
  diagnostics: Diagnostic[];
}

/** The state of a file that was removed while the graph was made. */
const GONE: FileState = { isFile: false, stamp: '', changed: Infinity };

/** Reads files and folders of a workspace, at most once each and only those that changed since the last graph. */
export class Workspace implements Files {
  readonly #texts = new Map<string, string | undefined>();

  constructor(
    readonly root: string,
    readonly cache: ParseCache,
  ) {}

  readonly #asked = new Map<string, FileState | undefined>();
  readonly #lists = new Map<string, readonly Dirent[]>();

  /** What the file system was asked for, and said, since the workspace was opened. */
  get asked(): ReadonlyMap<string, FileState | undefined> {
    for (const file of this.#texts.keys()) this.stateOfAny(file);
    return this.#asked;
  }

  state(file: string): FileState | undefined {
    const state = this.stateOfAny(file);
    return state?.isFile === true ? state : undefined;
  }

  /** True if there is a file or folder. */
  exists(file: string): boolean {
    return this.stateOfAny(file) !== undefined;
  }

  /** What the file system says of a file or folder; links are followed. */
  stateOfAny(file: string): FileState | undefined {
    if (this.#asked.has(file)) return this.#asked.get(file);
    let state = fileState(`${this.root}/${file}`);
    // It was there when it was read, and may come back: what was read cannot be told by what is there now.
    if (state === undefined && this.#texts.get(file) !== undefined) state = GONE;
    this.#asked.set(file, state);
    return state;
  }

  text(file: string): string | undefined {
    if (!this.#texts.has(file)) {
      let text: string | undefined;
      try {
        text = readFileSync(join(this.root, file), 'utf8');
      } catch {
        text = undefined;
      }
      this.#texts.set(file, text);
    }
    return this.#texts.get(file);
  }

  /** Names of files in a folder, sorted; none if there is no such folder. */
  entries(dir: string): string[] {
    return this.list(dir).flatMap((entry) => (entry.isFile() ? entry.name : []));
  }

  /** Folders in a folder, relative to the workspace root, sorted; without hidden ones. */
  folders(dir: string): string[] {
    return this.list(dir).flatMap((entry) =>
      entry.isDirectory() && !entry.name.startsWith('.') ? posix.join(dir, entry.name) : [],
    );
  }

  /** Entries of a folder, sorted; none if there is no such folder. */
  list(dir: string): readonly Dirent[] {
    let entries = this.#lists.get(dir);
    if (entries === undefined) this.#lists.set(dir, (entries = this.#read(dir)));
    return entries;
  }

  #read(dir: string): readonly Dirent[] {
    // The time of a folder changes with its entries.
    if (this.stateOfAny(dir) === undefined) return [];
    try {
      return readdirSync(join(this.root, dir), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return [];
    }
  }

  /** Parses a file; undefined if it cannot be read. The diagnostics are a list of the caller's own. */
  parseIfThere<T extends Parsed>(file: string, parser: (text: string, file: string) => T) {
    const result = this.cache.get(this, file, (text) => parser(text, file));
    return result === undefined ? undefined : { ...result, diagnostics: [...result.diagnostics] };
  }

  /** Parses a file; one that cannot be read gives a diagnostic and nothing else. */
  parse<T extends Parsed>(file: string, parser: (text: string, file: string) => T): Partial<T> & OwnDiagnostics {
    const unreadable: Diagnostic = { severity: 'error', message: 'cannot be read', file, advice: [] };
    const nothing: Partial<T> = {};
    return this.parseIfThere(file, parser) ?? { ...nothing, diagnostics: [unreadable] };
  }

  readonly #manifests = new Map<string, ReturnType<ReadCargoManifest>>();

  /** Reads a Cargo.toml; the one of a workspace is asked for by each of its members. */
  readonly cargoManifest: ReadCargoManifest = (file) => {
    if (!this.#manifests.has(file)) this.#manifests.set(file, this.parseIfThere(file, parseCargoManifest));
    return this.#manifests.get(file);
  };

  readonly #walked = new Map<string, string[]>();
  /** Links that were seen in folders, with where they lead to in the workspace. */
  readonly #links = new Map<string, string | undefined>();

  /** Folders that were looked through and are repositories of git. */
  readonly repositories = new Set<string>();

  /** Files of this workspace as the search for what a build reads looks at them. */
  readonly code: CodeTree = {
    files: (dir) => {
      let files = this.#walked.get(dir);
      if (files === undefined) this.#walked.set(dir, (files = [...this.#walk(dir)]));
      return files;
    },
    kind: (path) => {
      const state = this.stateOfAny(path);
      return state === undefined ? undefined : state.isFile ? 'file' : 'folder';
    },
    target: (path) => {
      if (!this.#links.has(path)) this.#links.set(path, this.#realPath(path));
      return this.#links.get(path);
    },
    // What a file says of others is kept under its name: none of them is read as anything else.
    code: (path) => this.cache.get(this, path, (text) => codeFacts(text, path)),
    manifest: (file) => this.cargoManifest(file),
    config: (file) =>
      this.parseIfThere(file, (text) => ({ includes: configIncludes(text), diagnostics: [] }))?.includes ?? [],
  };

  *#walk(dir: string): Generator<string> {
    const entries = this.list(dir);
    if (entries.some(({ name }) => name === 'CACHEDIR.TAG')) return;
    if (entries.some(({ name }) => name === '.git')) this.repositories.add(dir);
    for (const entry of entries) {
      const path = posix.join(dir, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && entry.name !== 'node_modules') yield* this.#walk(path);
        continue;
      }
      // Most files are no links, which need not be asked.
      if (!entry.isSymbolicLink()) this.#links.set(path, undefined);
      yield path;
    }
  }

  /** Where a path leads if that is another one of the workspace. */
  #realPath(path: string): string | undefined {
    try {
      const real = relative(realpathSync(this.root), realpathSync(join(this.root, path)))
        .split(sep)
        .join('/');
      return real === path || real.startsWith('..') ? undefined : real;
    } catch {
      return undefined;
    }
  }

  /** Adds findings to the diagnostics of a file that was parsed before. Its text is read only if there are any. */
  reporter(file: string, diagnostics: Diagnostic[]): TomlDocument['report'] {
    let document: TomlDocument | undefined;
    return (finding) => {
      document ??= new TomlDocument(this.text(file) ?? '', file);
      const found = document.report(finding);
      if (found !== undefined) diagnostics.push(found);
    };
  }
}
