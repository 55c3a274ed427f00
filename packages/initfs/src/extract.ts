import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceDirectory, UserError, writeFileWhole } from '@nx-redox/kit';
import type { InitfsImage } from './read';
import { type DirNode, linkProblem, walk } from './tree';

export interface ExtractSummary {
  files: number;
  dirs: number;
  links: number;
}

/** Bounds of an extracted tree: an image shares the content of equal files, so that a small one may hold very much. */
export interface ExtractLimits {
  /** Files, folders and links. */
  entries: number;
  /** Bytes of all files together. */
  bytes: number;
}

/** An initfs is in memory while a system boots; none has a tenth of this. */
const EXTRACT_LIMITS: ExtractLimits = { entries: 100_000, bytes: 512 * 1024 * 1024 };

/**
 * Writes the tree of an image into a new (or empty) folder, which appears whole or not at all. Nothing is written
 * outside it: names come from a reader that refuses "..", "/" and doubles, links are made last and only if their target
 * is in the image.
 *
 * @throws {UserError} if the folder has something in it, a link leaves the image, or the tree is larger than allowed.
 */
export async function extractInitfs(
  image: InitfsImage,
  folder: string,
  bootstrapFile?: string,
  limits: ExtractLimits = EXTRACT_LIMITS,
): Promise<ExtractSummary> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UserError('the folder is not empty', { file: folder, advice: 'name a new folder, or remove this one' });
  }
  let entries = 0;
  let bytes = 0;
  for (const { path, node } of walk(image.root)) {
    entries++;
    if (node.kind === 'file' && 'bytes' in node.content) bytes += node.content.bytes.length;
    if (entries > limits.entries || bytes > limits.bytes) {
      throw new UserError(
        `the image holds more than ${entries > limits.entries ? `${limits.entries} files and folders` : `${limits.bytes / 1e6} MB`}: nothing was extracted`,
        { advice: 'files of an image may share their content: redox-initfs list shows what each would take' },
      );
    }
    const problem = node.kind === 'link' ? linkProblem(path, node.target) : undefined;
    if (problem && node.kind === 'link') {
      throw new UserError(`the link ${path} → "${node.target}" ${problem}: nothing was extracted`);
    }
  }
  if (bootstrapFile !== undefined && !image.bootstrap) throw new UserError('the image has no bootstrap to extract');
  const summary: ExtractSummary = { files: 0, dirs: 0, links: 0 };
  await replaceDirectory(folder, async (temporary) => {
    const links: [string, string][] = [];
    extractDir(image.root, temporary, links, summary);
    for (const [path, target] of links) symlinkSync(target, path);
    summary.links = links.length;
  });
  if (bootstrapFile !== undefined && image.bootstrap) await writeFileWhole(bootstrapFile, image.bootstrap.bytes, 0o755);
  return summary;
}

function extractDir(dir: DirNode, folder: string, links: [string, string][], summary: ExtractSummary): void {
  for (const [name, node] of dir.entries) {
    const path = join(folder, name);
    if (node.kind === 'link') {
      links.push([path, node.target]);
    } else if (node.kind === 'dir') {
      summary.dirs++;
      mkdirSync(path);
      extractDir(node, path, links, summary);
    } else if ('bytes' in node.content) {
      summary.files++;
      writeFileSync(path, node.content.bytes, { flag: 'wx' });
      chmodSync(path, node.executable ? 0o755 : 0o644);
    }
  }
}
