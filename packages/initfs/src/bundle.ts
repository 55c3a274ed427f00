import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/common';
import { isElf } from '@nx-redox/elf';
import { checkedBootstrap } from './bootstrap';
import type { WritableFormat } from './format';
import type { InitfsLayout } from './layout';
import { type InitfsTree, TreeBuilder } from './tree';
import { writeInitfs, type WriteSummary } from './write';

/** One file or link of the image. */
export interface BundleEntry {
  /** File to copy, relative to the workspace; may contain `{arch}` and `{backend}`. */
  from?: string;
  /** Target of a symbolic link, instead of `from`. */
  link?: string;
  /** Place in the image. */
  to: string;
  /** Where the entry is written (file and line), for messages. */
  origin?: string;
  /** Whether Redox may execute it. Default: whether it is an ELF file. */
  executable?: boolean;
}

export interface BundleOptions {
  arch: Arch;
  backend: Backend;
  /** ELF file of the bootstrap, relative to the workspace. */
  bootstrap: string;
  entries: readonly BundleEntry[];
  /** Path of the image, relative to the workspace. */
  output: string;
  format?: WritableFormat;
  layout?: InitfsLayout;
  /** Largest size of the image in bytes. */
  sizeBudget?: number;
}

/**
 * Writes the image that a list of entries describes.
 *
 * @throws {UserError} if an entry's file is missing, a place is claimed twice, the bootstrap cannot boot, or the image
 * exceeds its budget or what its format can hold.
 */
export async function bundle(
  workspaceRoot: string,
  options: BundleOptions,
  signal?: AbortSignal,
): Promise<WriteSummary> {
  const { arch, backend, format = 'D', layout, sizeBudget } = options;
  const locate = (path: string) => resolve(workspaceRoot, fillPath(path, { arch, backend }));
  const show = (path: string) => {
    const shown = relative(workspaceRoot, path);
    return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
  };
  const tree: InitfsTree = {
    root: buildTree(options.entries, locate, show),
    bootstrap: checkedBootstrap(readBootstrap(locate(options.bootstrap), show), show(locate(options.bootstrap)), arch),
  };
  return writeInitfs(tree, { format, layout, output: locate(options.output), sizeBudget, signal });
}

function buildTree(entries: readonly BundleEntry[], locate: (path: string) => string, show: (path: string) => string) {
  const builder = new TreeBuilder();
  const missing: string[] = [];
  for (const { from, link, to, origin, executable } of entries) {
    if ((from === undefined) === (link === undefined)) {
      throw new UserError(`the entry for ${to} has ${from === undefined ? 'neither' : 'both'} "from" and "link"`, {
        advice: ['give it one of them', ...(origin ? [`the entry comes from ${origin}`] : [])],
      });
    }
    if (link !== undefined) {
      builder.add(to, { kind: 'link', target: link, origin });
      continue;
    }
    const path = locate(from as string);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) {
      missing.push(`${to} ← ${show(path)}${origin ? ` (${origin})` : ''}`);
      continue;
    }
    if (!stat.isFile()) {
      throw new UserError(`${show(path)} is ${kindOf(stat)}, not a file: it cannot be ${to} in an initfs`, {
        advice: ['name a regular file', ...(origin ? [`the entry comes from ${origin}`] : [])],
      });
    }
    const content = { path, size: stat.size };
    builder.add(to, { kind: 'file', executable: executable ?? beginsLikeElf(path), content, origin });
  }
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length === 1 ? 'a file' : `${missing.length} files`} of the initfs cannot be found:\n  ${missing.join('\n  ')}`,
      {
        advice: [
          'does the recipe install the file there? Its stage lists what it installs; a program\'s name is its "bin"',
          'a file of a recipe is named relative to that recipe',
        ],
      },
    );
  }
  return builder.root;
}

function kindOf(stat: { isDirectory(): boolean }): string {
  return stat.isDirectory() ? 'a directory' : 'a device, socket or fifo';
}

function beginsLikeElf(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    return readSync(file, start, 0, 4, 0) === 4 && isElf(start);
  } finally {
    closeSync(file);
  }
}

function readBootstrap(path: string, show: (path: string) => string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`the bootstrap cannot be read: ${(error as NodeJS.ErrnoException).code ?? error}`, {
      file: show(path),
      advice: 'build the recipe of kind "bootstrap" that the initfs names; an image without one cannot boot',
      cause: error,
    });
  }
}
