import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FormatError, requireBudget, type SizedFile } from '@nx-redox/binary';
import { createFileWhole, readNamedFile, UserError } from '@nx-redox/kit';
import { equalContents, readContent } from './content';
import { NO_BOOTSTRAP, type WritableFormat } from './format';
import { type ImagePlan, type InitfsLayout, planImage } from './layout';
import { inspectInitfs } from './read';
import { sizeReport } from './size';
import { contentSize, type InitfsTree, walk } from './tree';

export interface WriteOptions {
  format: WritableFormat;
  /** Default: `compact`. */
  layout?: InitfsLayout;
  /** Path of the image. It appears whole or not at all. */
  output: string;
  /** Largest size of the image in bytes. Default: 64 MiB, as upstream's release tool. */
  sizeBudget?: number;
  /** Seconds since 1970 for formats B and C. Default: SOURCE_DATE_EPOCH, else 0. */
  time?: bigint;
  signal?: AbortSignal;
}

export interface WriteSummary {
  output: string;
  format: WritableFormat;
  layout: InitfsLayout;
  /** Size of the image in bytes. */
  size: number;
  inodeCount: number;
  /** Bytes saved by storing equal contents once. */
  sharedBytes: number;
  bootstrapEntry: bigint;
}

export const DEFAULT_SIZE_BUDGET = 64 * 1024 * 1024;
// How much is written before signals and timers get their turn.
const YIELD_EVERY = 8 * 1024 * 1024;

/**
 * Writes an initfs image. The same tree gives the same bytes on every machine.
 *
 * @throws {UserError} if the format cannot hold the tree, the image is larger than the budget, format D has no bootstrap,
 * or a file cannot be read.
 */
export async function writeInitfs(tree: InitfsTree, options: WriteOptions): Promise<WriteSummary> {
  const { format, layout = 'compact', output, sizeBudget = DEFAULT_SIZE_BUDGET, signal } = options;
  if (!tree.bootstrap && format === 'D') {
    throw new UserError('an initfs of format D needs a bootstrap', {
      file: output,
      advice:
        'name the bootstrap: the kernel jumps to the entry point that the image says, there is nothing else to run',
    });
  }
  const plan = planImage(tree, {
    format,
    layout,
    time: options.time ?? sourceDateEpoch(),
    contentKey: layout === 'compact' ? equalContents(tree.root) : undefined,
  });
  if (plan.size > sizeBudget) {
    const advice = ['leave files out: the image is in memory three times during the boot'];
    const now = { size: plan.size, files: sizedFiles(tree) };
    requireBudget({ limit: sizeBudget, what: 'the image', file: output }, now, await lastImage(output), advice);
  }
  await createFileWhole(output, (temporary) => writePlan(plan, temporary, signal));
  return {
    output,
    format,
    layout,
    size: plan.size,
    inodeCount: plan.inodeCount,
    sharedBytes: plan.sharedBytes,
    bootstrapEntry: tree.bootstrap?.entry ?? NO_BOOTSTRAP,
  };
}

async function writePlan(plan: ImagePlan, path: string, signal?: AbortSignal): Promise<void> {
  const file = openSync(path, 'wx', 0o644);
  try {
    // Gaps stay holes, which read as zeros.
    ftruncateSync(file, plan.size);
    const buffer = Buffer.allocUnsafe(1 << 20);
    let sinceYield = 0;
    for (const { offset, content } of plan.extents) {
      let at = offset;
      for (const piece of readContent(content, buffer)) {
        writeAll(file, piece, at);
        at += piece.length;
        sinceYield += piece.length + 4096;
        if (sinceYield > YIELD_EVERY) {
          sinceYield = 0;
          await nextTurn();
          signal?.throwIfAborted();
        }
      }
    }
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

function sizedFiles({ root, bootstrap }: InitfsTree): SizedFile[] {
  const files = [...walk(root)].flatMap(({ path, node }) =>
    node.kind === 'file' ? [{ path, size: contentSize(node.content) }] : [],
  );
  return bootstrap ? [{ path: '(bootstrap)', size: bootstrap.bytes.length }, ...files] : files;
}

/** The image that the bundle before has left; undefined if there is none that can be read. */
async function lastImage(output: string): Promise<{ size: number; files: SizedFile[] } | undefined> {
  try {
    const { image } = inspectInitfs(await readNamedFile(output), { file: output });
    const { files, total } = sizeReport(image);
    return { size: total, files: files.map(({ path, size = 0 }) => ({ path, size })) };
  } catch (error) {
    if (error instanceof UserError || error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The image in memory; for small trees and tests. */
export function imageBytes(plan: ImagePlan): Buffer {
  const image = Buffer.alloc(plan.size);
  for (const { offset, content } of plan.extents) {
    let at = offset;
    for (const piece of readContent(content)) {
      image.set(piece, at);
      at += piece.length;
    }
  }
  return image;
}

/** Time stamp for reproducible files (reproducible-builds.org), in seconds. */
function sourceDateEpoch(): bigint {
  const value = process.env['SOURCE_DATE_EPOCH'];
  if (value === undefined || value === '') return 0n;
  if (!/^\d{1,18}$/.test(value)) {
    throw new UserError(`SOURCE_DATE_EPOCH is "${value}"`, { advice: 'set it to seconds since 1970, or unset it' });
  }
  return BigInt(value);
}
