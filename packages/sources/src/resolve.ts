import { findArchive } from './find-archive';
import { resolveCommit } from './git';
import type { SourcePlan } from './load';
import type { Pin } from './prepare';
import type { SourceTask } from './task';

/**
 * The commit or archive that a recipe asks for now; `locked` is kept if it is given.
 * @throws {UserError} if the server, or the store in offline mode, does not tell.
 */
export async function resolvePin(task: SourceTask, { from, recipe }: SourcePlan, locked?: Pin): Promise<Pin> {
  if (from.kind === 'git') {
    return locked !== undefined && 'commit' in locked ? locked : { commit: await resolveCommit(task, from) };
  }
  const expected = from.blake3 ?? (locked !== undefined && 'blake3' in locked ? locked.blake3 : undefined);
  return { blake3: (await findArchive(task, from.url, recipe.path, expected)).blake3 };
}
