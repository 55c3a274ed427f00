import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { blake3File, type Feedable, feedFile, sha256File } from './hash';
import { UserError } from './user-error';

/** The file in which a task's output folder says what the task has made: `files` with size and digest. */
const RECORD = 'artifact.json';
/** The folder of what a component installs; paths in the record are relative to it. */
const STAGE = 'stage';

/** What a record says of a file; large files have SHA-256, for which Node has native code. */
export interface BuiltFileRecord {
  /** Relative to the output folder, or to the stage in it, with `/`. */
  path: string;
  /** In bytes. */
  size: number;
  blake3?: string;
  /** In lower-case hex. */
  sha256?: string;
}

/**
 * Makes sure that files which other tasks have made are still what those tasks have made. A cache that is damaged, a
 * build that is going on and a file that was put there by hand are all seen here.
 */
export class AsBuilt {
  readonly #records = new Map<string, Promise<Map<string, BuiltFileRecord>>>();

  constructor(readonly workspaceRoot: string) {}

  /**
   * Compares a file with the record of the task that has made it. Files that no task has made are taken as they are.
   *
   * @param path absolute.
   * @param others hashes that get the file's content, which is read once.
   * @throws {UserError} if size or digest differ, if the record does not name the file, or if a stage has no record.
   */
  async check(path: string, ...others: readonly Feedable[]): Promise<void> {
    const folder = outputFolderOf(path);
    if (folder === undefined) {
      if (others.length > 0) await feedFile(path, ...others);
      return;
    }
    const place = relative(folder, path).split(sep);
    const name = (place[0] === STAGE ? place.slice(1) : place).join('/');
    const recordFile = join(folder, RECORD);
    const record = (await this.#recordsOf(recordFile)).get(name);
    const fail = (what: string): never => {
      throw new UserError(what, {
        file: relative(this.workspaceRoot, path),
        advice: [
          `build it again: npx nx run … --skip-nx-cache, or npx nx reset if Nx's cache has brought it`,
          `what it should be is in ${relative(this.workspaceRoot, recordFile)}`,
        ],
      });
    };
    if (record === undefined) return fail('no build has made this file');
    const { size } = await stat(path);
    if (size !== record.size) fail(`this file has ${size} bytes, but ${record.size} were built`);
    const isSame =
      record.blake3 === undefined
        ? (await sha256File(path, ...others)) === record.sha256
        : (await blake3File(path, ...others)) === record.blake3;
    if (!isSame) fail('the content of this file is not what was built');
  }

  #recordsOf(file: string): Promise<Map<string, BuiltFileRecord>> {
    let records = this.#records.get(file);
    if (records === undefined) this.#records.set(file, (records = readRecord(this.workspaceRoot, file)));
    return records;
  }
}

/** The folder with the record that names a file: the nearest one above, or that of the stage in which the file lies. */
function outputFolderOf(path: string): string | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, RECORD))) return folder;
    if (folder.endsWith(`${sep}${STAGE}`) && folder.includes(`${sep}dist${sep}`)) return dirname(folder);
  }
  return undefined;
}

async function readRecord(workspaceRoot: string, file: string): Promise<Map<string, BuiltFileRecord>> {
  const fail = (what: string, cause: unknown): never => {
    throw new UserError(what, { file: relative(workspaceRoot, file), advice: 'build the component again', cause });
  };
  try {
    const { files } = JSON.parse(await readFile(file, 'utf8')) as { files: BuiltFileRecord[] };
    return new Map(files.map((entry) => [entry.path, entry]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return fail('there is no such file, so nobody knows whether the stage beside it is what was built', error);
    }
    return fail('this file does not say what a build has made', error);
  }
}
