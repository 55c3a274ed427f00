import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isElfFile } from '@nx-redox/binary';
import { type Arch, AsBuilt, type Backend, blake3File, fillPath, UserError, writeFileWhole } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { checkedBootstrap } from './bootstrap';
import type { schema } from './executors/bundle/options';
import { type InitfsTree, TreeBuilder, type TreeNode, walk } from './tree';
import { writeInitfs, type WriteSummary } from './write';

export type BundleOptions = Omit<z.output<typeof schema>, 'refused'>;
type BundleEntry = BundleOptions['entries'][number];

/**
 * Writes the image that a list of entries describes, and beside it `artifact.json`: size and BLAKE3 of the image.
 *
 * @throws {UserError} if an entry's file is missing or not what was built, a place is claimed twice, the bootstrap cannot boot, or the image
 * exceeds its budget or what its format can hold.
 */
export async function bundle(
  workspaceRoot: string,
  options: BundleOptions,
  signal?: AbortSignal,
): Promise<WriteSummary> {
  const { arch, backend, format, sizeBudget } = options;
  const locate = (path: string) => resolve(workspaceRoot, fillPath(path, { arch, backend }));
  const show = (path: string) => {
    const shown = relative(workspaceRoot, path);
    return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
  };
  const tree: InitfsTree = {
    root: buildTree(options.entries, workspaceRoot, { arch, backend }, show),
    bootstrap: checkedBootstrap(
      readBootstrap(locate(options.bootstrap), show),
      show(locate(options.bootstrap)),
      arch,
      options.memory,
    ),
  };
  const asBuilt = new AsBuilt(workspaceRoot);
  await asBuilt.check(locate(options.bootstrap));
  for (const { node } of walk(tree.root)) {
    signal?.throwIfAborted();
    if (node.kind === 'file' && 'path' in node.content) await asBuilt.check(node.content.path);
  }
  const output = locate(options.output);
  const record = join(dirname(output), 'artifact.json');
  const summary = await writeInitfs(tree, { format, output, sizeBudget, signal });
  const files = [{ path: basename(output), size: summary.size, blake3: await blake3File(output) }];
  await writeFileWhole(record, `${JSON.stringify({ schema: 1, files }, undefined, 2)}\n`);
  return summary;
}

function buildTree(
  entries: readonly BundleEntry[],
  root: string,
  target: { arch: Arch; backend: Backend },
  show: (path: string) => string,
) {
  const builder = new TreeBuilder();
  const missing: string[] = [];
  for (const entry of entries) {
    const { from, link, to, origin } = entry;
    if ((from === undefined) === (link === undefined)) {
      throw new UserError(`the entry for ${to} has ${from === undefined ? 'neither' : 'both'} "from" and "link"`, {
        advice: ['give it one of them', ...comesFrom(origin)],
      });
    }
    if (link !== undefined) {
      builder.add(to, { kind: 'link', target: link, origin });
      continue;
    }
    const path = fillPath(from as string, target);
    const sources = sourcesOf(root, path, entry);
    for (const source of sources) builder.add(source.place, fileNode(source.path, source.place, entry, show));
    if (sources.length === 0) missing.push(`${to} ← ${show(resolve(root, path))}${origin ? ` (${origin})` : ''}`);
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

const comesFrom = (origin: string | undefined) => (origin ? [`the entry comes from ${origin}`] : []);

/** The files that an entry stands for and their places: several for a pattern, none if there is no such file. */
function sourcesOf(root: string, from: string, { to, origin }: BundleEntry): { path: string; place: string }[] {
  const path = resolve(root, from);
  const folder = to.endsWith('/') ? to.replace(/\/+$/, '') : undefined;
  // A file whose name looks like a pattern is that file; the workspace's own path is never part of a pattern.
  if (existsSync(path)) return [{ path, place: folder === undefined ? to : `${folder}/${basename(path)}` }];
  const parts = from.split('/');
  const fixed = parts.findIndex((part) => isDynamicPattern(part));
  if (fixed < 0) return [];
  if (folder === undefined) {
    throw new UserError(`the pattern ${from} may match several files, but "${to}" is one place`, {
      advice: [`end it with a slash: "${to}/"`, ...comesFrom(origin)],
    });
  }
  // What comes before the first pattern is not part of the places.
  const base = resolve(root, ...parts.slice(0, fixed));
  const found = globSync(parts.slice(fixed).join('/'), { cwd: base, dot: true, expandDirectories: false });
  return found.sort().map((name) => ({ path: join(base, name), place: `${folder}/${name}` }));
}

function fileNode(path: string, place: string, { origin }: BundleEntry, show: (path: string) => string): TreeNode {
  const stat = statSync(path);
  if (!stat.isFile()) {
    throw new UserError(`${show(path)} is ${kindOf(stat)}, not a file: it cannot be ${place} in an initfs`, {
      advice: ['name a regular file, or a pattern such as dir/* for all files of a folder', ...comesFrom(origin)],
    });
  }
  return { kind: 'file', executable: isElfFile(path), content: { path, size: stat.size }, origin };
}

function kindOf(stat: { isDirectory(): boolean }): string {
  return stat.isDirectory() ? 'a directory' : 'a device, socket or fifo';
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
