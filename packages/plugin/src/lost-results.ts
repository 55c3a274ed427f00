import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PostTasksExecution } from '@nx/devkit';

type TaskResults = Parameters<PostTasksExecution>[1]['taskResults'];

/** What is used of Nx's cache, which is internal to Nx. */
interface LocalCache {
  cacheDirectory: string;
  put(hash: string, terminalOutput: string, outputs: readonly string[], code: number): unknown;
}

/**
 * Makes Nx forget results of which its cache has lost the files: Nx keeps records in a database, says "local cache" of each,
 * and restores nothing (nrwl/nx#36898). Whoever removes `.nx/cache` gets that for every task until `nx reset`.
 *
 * @returns the tasks that Nx said to have restored and has not.
 */
async function forgetLostResults(taskResults: TaskResults): Promise<string[]> {
  const restored = Object.values(taskResults).filter(({ status }) => status === 'local-cache');
  if (restored.length === 0) return [];
  const cache = await nxCache();
  return restored.flatMap(({ task: { id, hash } }) => {
    if (hash === undefined || existsSync(join(cache.cacheDirectory, hash))) return [];
    // A failure's result is not taken, and replaced by the next one.
    cache.put(hash, '', [], 1);
    return [id];
  });
}

/** Nx decides where cache and records are. */
async function nxCache(): Promise<LocalCache> {
  const { DbCache } = (await import('nx/src/tasks-runner/cache')) as unknown as {
    DbCache: new (options: object) => { cache: LocalCache };
  };
  return new DbCache({ nxCloudRemoteCache: null }).cache;
}

/** Says which results are lost. What is wrong with Nx's cache besides is Nx's to say. */
export async function reportLostResults(taskResults: TaskResults): Promise<void> {
  const lost = await forgetLostResults(taskResults).catch((): string[] => []);
  if (lost.length === 0) return;
  const names = lost.length > 5 ? `${lost.slice(0, 4).join(', ')} and ${lost.length - 4} others` : lost.join(', ');
  process.stderr.write(
    `warning: Nx took results from its cache whose files are gone: ${names}\n  → Nx knows it now: run the same command again\n`,
  );
}
