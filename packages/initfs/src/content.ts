import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { UserError } from '@nx-redox/kit';
import { contentSize, type DirNode, type FileContent, type FileNode, walk } from './tree';

const CHUNK = 1 << 20;

/**
 * Gives the bytes of a content piece by piece; each piece is only valid until the next one.
 *
 * @throws {UserError} if a file on disk cannot be read or has another size than when it was listed.
 */
export function* readContent(content: FileContent, buffer = Buffer.allocUnsafe(CHUNK)): Generator<Uint8Array> {
  if ('bytes' in content) {
    yield content.bytes;
    return;
  }
  const { path, size } = content;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new UserError(`cannot read the file: ${(error as Error).message}`, { file: path, cause: error });
  }
  try {
    let done = 0;
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, null);
      if (read === 0) break;
      done += read;
      if (done > size) break;
      yield buffer.subarray(0, read);
    }
    if (done !== size) {
      throw new UserError(`the file changed while the image was written: it had ${size} bytes`, {
        file: path,
        advice: 'run the task again when nothing writes the file',
      });
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Finds files with equal contents: the result gives the same text for those and only for those. A file whose size no
 * other file has is not read.
 */
export function equalContents(root: DirNode): (node: FileNode) => string | undefined {
  const bySize = new Map<number, Set<FileNode>>();
  for (const { node } of walk(root)) {
    if (node.kind !== 'file') continue;
    const size = contentSize(node.content);
    const group = bySize.get(size);
    if (group) group.add(node);
    else bySize.set(size, new Set([node]));
  }
  const keys = new Map<FileNode, string>();
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (const [size, nodes] of bySize) {
    if (nodes.size < 2 || size === 0) continue;
    for (const node of nodes) {
      const hash = createHash('sha256');
      for (const piece of readContent(node.content, buffer)) hash.update(piece);
      keys.set(node, `${size}:${hash.digest('hex')}`);
    }
  }
  return (node) => keys.get(node);
}
