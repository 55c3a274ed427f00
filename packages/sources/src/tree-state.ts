import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '@nx-redox/kit';
import type { TreeFile, TreeFiles } from './tree';

const VERSION = 1;

/** A file as it was before the script of `[source]` ran; without kind and hash it was not there. */
export interface BeforeScript {
  path: string;
  kind?: TreeFile['kind'];
  hash?: string;
}

/** What a fetched tree holds. It lies beside the tree, and is written when the tree is whole. */
export interface TreeState {
  /** Everything the tree is made from: commit or archive, patches, script. */
  identity: string;
  /** Folders of git repositories in the tree; none for an archive. */
  repositories: string[];
  files: TreeFiles;
  /** When `files` was made, in milliseconds since 1970. */
  filesAt: number;
  /** Files that the script changed, made or removed. */
  beforeScript: BeforeScript[];
}

const STATE_NAME = '.source.json';
/** Held by the task that fetches into a recipe. */
export const TREE_LOCK_NAME = '.source.lock';
/** Unfinished and outdated trees. */
export const TEMPORARY_TREE = /^\.source\.\d+\.[0-9a-f]{8}$/;
/** Name of such a tree of this process; `tag` has 8 hexadecimal digits. */
export const temporaryTree = (tag: string) => `.source.${process.pid}.${tag}`;

/** File that says what the tree of a recipe holds. */
export function stateFile(recipePath: string): string {
  return join(recipePath, STATE_NAME);
}

/** Undefined if there is none, or one of another version or damaged: then the tree is looked at anew. */
export async function readState(recipePath: string): Promise<TreeState | undefined> {
  try {
    const json = JSON.parse(await readFile(stateFile(recipePath), 'utf8'));
    if (json.version !== VERSION) return undefined;
    const rows = json.files as [string, TreeFile['kind'], string, number, number, number, number][];
    return {
      identity: json.identity,
      repositories: json.repositories,
      filesAt: json.filesAt,
      beforeScript: json.beforeScript,
      files: new Map(
        rows.map(([path, kind, hash, size, mtimeMs, ctimeMs, ino]) => [
          path,
          { kind, hash, size, mtimeMs, ctimeMs, ino },
        ]),
      ),
    };
  } catch {
    return undefined;
  }
}

export async function writeState(recipePath: string, state: TreeState): Promise<void> {
  const { files, ...rest } = state;
  const rows = [...files].map(([path, { kind, hash, size, mtimeMs, ctimeMs, ino }]) =>
    JSON.stringify([path, kind, hash, size, mtimeMs, ctimeMs, ino]),
  );
  const head = JSON.stringify({ version: VERSION, ...rest }).slice(0, -1);
  await writeFileWhole(stateFile(recipePath), `${head},"files":[\n${rows.join(',\n')}\n]}\n`);
}

/** The files of a tree as they were before the script of `[source]`: what is the same on every machine. */
export function filesBeforeScript(
  state: Pick<TreeState, 'files' | 'beforeScript'>,
): Map<string, Pick<TreeFile, 'kind' | 'hash'>> {
  const files = new Map<string, Pick<TreeFile, 'kind' | 'hash'>>(state.files);
  for (const { path, kind, hash } of state.beforeScript) {
    if (kind === undefined || hash === undefined) files.delete(path);
    else files.set(path, { kind, hash });
  }
  return files;
}
