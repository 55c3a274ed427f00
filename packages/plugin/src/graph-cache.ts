import { readFileSync } from 'node:fs';
import { isSettled } from '@nx-redox/kit/settled';
import { sha256, writeCacheFile } from './cache-file';
import { fileState, type FileState } from './file-state';

/** What the file system said of the files and folders that something was made from; undefined where nothing was. */
export type Answers = ReadonlyMap<string, FileState | undefined>;

/** The first line of the file; the second is the result. */
interface Head {
  key: string;
  /** Everything that the file system was asked for, in order, relative to the workspace root. */
  files: string[];
  /** Hash of the answers. */
  answers: string;
}

function hashOf(states: readonly (FileState | undefined)[]): string {
  return sha256(states.map((state) => state?.stamp).join('\n'));
}

/** JSON without other characters: megabytes of it are read and parsed in two thirds of the time. */
function asAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The last result of something that follows from a key and from files: it is the same as long as the file system gives
 * the same answers to the same questions. Reading a file counts as asking for its state, so questions that depend on
 * what was read are the same too. A cache that is missing or broken is the same as an empty one.
 */
export class GraphCache {
  readonly #start: number;
  #keyHash: string | undefined;

  /** To be made before the first file is asked for. `key` gives plain data, if it is needed. */
  constructor(
    readonly file: string,
    readonly key: () => unknown,
    now: () => number = Date.now,
  ) {
    this.#start = now();
  }

  #hashOfKey(): string {
    return (this.#keyHash ??= sha256(JSON.stringify(this.key())));
  }

  restore<T>(workspaceRoot: string): T | undefined {
    try {
      const text = readFileSync(this.file, 'latin1');
      const end = text.indexOf('\n');
      const { key, files, answers } = JSON.parse(text.slice(0, end)) as Head;
      if (key !== this.#hashOfKey() || answers !== hashOf(files.map((file) => fileState(`${workspaceRoot}/${file}`))))
        return;
      return JSON.parse(text.slice(end)) as T;
    } catch {
      // Missing, cut off, or of another form.
      return undefined;
    }
  }

  /** Remembers a result, as JSON, unless one of the files changed so shortly ago that its state proves nothing. */
  save(result: string, asked: Answers): void {
    const states = [...asked.values()];
    if (states.some((state) => state !== undefined && !isSettled(state.changed, this.#start))) return;
    const head: Head = { key: this.#hashOfKey(), files: [...asked.keys()], answers: hashOf(states) };
    writeCacheFile(this.file, asAscii(`${JSON.stringify(head)}\n${result}`));
  }
}
