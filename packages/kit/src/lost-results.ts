import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder with the outputs of a task, by the name that Nx gives it: the task's hash. */
const RESULT = /^\d{5,}$/;

/**
 * Advice for a file that is not there although Nx has just said that the task which makes it has succeeded: then Nx
 * knows the result and its cache has lost the files (nrwl/nx#36898). Where the whole cache is gone, what Nx knows of it
 * is removed here, so that the command of the advice makes the file again.
 *
 * @param command makes the file.
 */
export function adviceForLost(workspaceRoot: string, command: string): string[] {
  if (forgetLostResults(workspaceRoot)) {
    return [`Nx's cache was removed, and Nx did not know; now it does, so run this again: ${command}`];
  }
  return [
    command,
    'if Nx takes that from its cache and the file is still missing, files of the cache were removed: npx nx reset, then once more',
  ];
}

/** Removes Nx's records of results if none of the results is there. @returns whether it has done so */
function forgetLostResults(workspaceRoot: string): boolean {
  const cache = process.env['NX_CACHE_DIRECTORY'] ?? cacheDirectoryOf(workspaceRoot) ?? '.nx/cache';
  const data = process.env['NX_WORKSPACE_DATA_DIRECTORY'] ?? '.nx/workspace-data';
  const entries = namesIn(resolve(workspaceRoot, cache));
  const records = namesIn(resolve(workspaceRoot, data)).filter((name) => /\.db(-wal|-shm)?$/.test(name));
  if (records.length === 0 || entries.some((name) => RESULT.test(name))) return false;
  for (const name of records) rmSync(join(resolve(workspaceRoot, data), name), { force: true });
  return true;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function cacheDirectoryOf(workspaceRoot: string): string | undefined {
  try {
    const { cacheDirectory } = JSON.parse(readFileSync(join(workspaceRoot, 'nx.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof cacheDirectory === 'string' ? cacheDirectory : undefined;
  } catch {
    return undefined;
  }
}
