import { createHash } from 'node:crypto';
import { statSync, type Stats } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { ContentPart } from '@nx-redox/cookbook/plan';
import { AsBuilt, UserError } from '@nx-redox/kit';
import type { ManifestNode } from './helper';
import type { DiskNode } from './node';

/** A node whose sources are absolute paths, with size and BLAKE2b-512 of its content if it is a file. */
export type MeasuredNode = ManifestNode & { size?: number };

/**
 * Reads the content of all nodes once.
 *
 * @throws {UserError} if a source is missing, not a file, or not what was built.
 */
export async function measureNodes(
  workspaceRoot: string,
  nodes: readonly DiskNode[],
  signal?: AbortSignal,
): Promise<MeasuredNode[]> {
  const measured: MeasuredNode[] = [];
  const asBuilt = new AsBuilt(workspaceRoot);
  for (const node of nodes) {
    signal?.throwIfAborted();
    measured.push(node.kind === 'file' ? await measureFile(workspaceRoot, node, asBuilt) : node);
  }
  return measured;
}

async function measureFile(
  workspaceRoot: string,
  node: DiskNode & { kind: 'file' },
  asBuilt: AsBuilt,
): Promise<MeasuredNode> {
  const hash = createHash('blake2b512');
  const content: ContentPart[] = [];
  let size = 0;
  for (const part of node.content) {
    if ('text' in part) {
      hash.update(part.text);
      size += Buffer.byteLength(part.text);
      content.push(part);
      continue;
    }
    const source = resolve(workspaceRoot, part.source);
    const stats = statSync(source, { throwIfNoEntry: false });
    checkSource(stats, relative(workspaceRoot, source), node);
    await asBuilt.check(source, hash);
    size += stats.size;
    content.push({ source });
  }
  return { ...node, content, size, digest: hash.digest('hex') };
}

function checkSource(stats: Stats | undefined, file: string, { path, origin }: DiskNode): asserts stats is Stats {
  if (stats?.isFile()) return;
  throw new UserError(stats ? `what shall be ${path} in the image is not a file` : `the source of ${path} is missing`, {
    file,
    advice: ['build what installs it first; paths are relative to the workspace', `it comes from ${origin}`],
  });
}
