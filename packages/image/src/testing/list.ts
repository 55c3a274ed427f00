import { run, UserError } from '@nx-redox/kit';
import type { RedoxfsSummary } from '../helper';
import type { DiskNode } from '../node';

/** A node as it is in RedoxFS. */
export interface RedoxfsNode {
  kind: DiskNode['kind'];
  path: string;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  size?: number;
  /** BLAKE2b-512 of a file's content. */
  digest?: string;
  target?: string;
}

/**
 * Lists a RedoxFS with the digests of its files. The crate reads each block against its checksum on the way.
 *
 * @param extent where it is on the disk, in bytes.
 * @throws {UserError} if it cannot be read.
 */
export async function listRedoxfs(
  tool: string,
  { disk, offset, size }: { disk: string; offset: number; size: number },
  signal?: AbortSignal,
): Promise<RedoxfsSummary & { nodes: RedoxfsNode[] }> {
  const { exitCode, stdout, stderr } = await run(tool, ['list', disk, String(offset), String(size)], { signal });
  if (exitCode !== 0) throw new UserError(`RedoxFS cannot be read: ${stderr.trim()}`);
  return JSON.parse(stdout) as RedoxfsSummary & { nodes: RedoxfsNode[] };
}
