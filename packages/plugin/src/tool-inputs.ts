import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ProjectGraphExternalNode } from '@nx/devkit';
import type { InputDefinition } from './nx';

/** Packages whose code runs in cached targets, with those of ours that they load (their package.json says the same). */
export const TOOL_PACKAGES = {
  binary: ['kit'],
  bootcheck: ['binary', 'kit', 'redox'],
  cargo: ['binary', 'bootcheck', 'cargo-read', 'front', 'kit', 'recipe', 'redox', 'toolchain'],
  'cargo-read': ['kit'],
  cookbook: ['kit', 'recipe'],
  front: ['binary', 'initfs', 'kit', 'redox', 'toolchain'],
  image: ['binary', 'bootcheck', 'cookbook', 'kit', 'toolchain'],
  initfs: ['binary', 'bootcheck', 'kit', 'redox'],
  installer: ['binary', 'cookbook', 'image', 'kit'],
  kit: [],
  qemu: ['binary', 'kit'],
  recipe: ['kit'],
  redox: ['kit'],
  sources: ['cargo-read', 'kit', 'recipe'],
  toolchain: ['binary', 'kit'],
} as const satisfies Record<string, readonly string[]>;
export type ToolPackage = keyof typeof TOOL_PACKAGES;

/**
 * Inputs that stand for the code of an executor's package and all that it loads: what another version of it makes is
 * another result.
 */
export type ToolInputs = (name: ToolPackage) => InputDefinition[];

/** A package and all of ours that it loads, sorted. */
function withDependencies(name: ToolPackage): ToolPackage[] {
  const all = new Set<ToolPackage>([name]);
  for (const found of all) TOOL_PACKAGES[found].forEach((used) => all.add(used));
  return [...all].sort();
}

const LOCK_FILES = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'];

/** Folder of a package whose sources are in this workspace, relative to its root. */
function localFolder(workspaceRoot: string, name: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(join(workspaceRoot, 'node_modules', name));
  } catch {
    return undefined;
  }
  const folder = relative(realpathSync(workspaceRoot), real).split(sep);
  return folder[0] === '..' || folder.includes('node_modules') ? undefined : folder.join('/');
}

/** The code of our executors in a workspace, as inputs of tasks and as nodes that these inputs name. */
export interface ToolCode {
  inputs: ToolInputs;
  /** The node that stands for installed packages where Nx has none for them. */
  nodes(): Record<string, ProjectGraphExternalNode>;
}

/**
 * Sources of packages that are part of the workspace count file by file. Installed ones count by version: as Nx's own
 * external nodes, if Nx reads a lock file that names them. It reads none that git ignores, as in a checkout of the
 * cookbook; there a node of ours stands for all of them, with the lock file's content for its hash.
 */
export function toolCode(workspaceRoot: string): ToolCode {
  const folders = new Map<ToolPackage, string | undefined>();
  // Lock files are large, and several tools use one package.
  const locked = new Map<string, boolean>();
  let seen: string | undefined;
  const isLocked = (name: string): boolean => {
    seen ??= readAll(workspaceRoot, seenByNx(workspaceRoot, lockFilesOf(workspaceRoot)));
    if (!locked.has(name)) locked.set(name, seen.includes(name));
    return locked.get(name)!;
  };
  let own: ProjectGraphExternalNode | undefined;
  // Asked for each of thousands of recipes.
  const known = new Map<ToolPackage, InputDefinition[]>();
  const inputs: ToolInputs = (tool) => {
    const before = known.get(tool);
    if (before !== undefined) return before;
    const found: InputDefinition[] = [];
    const installed: string[] = [];
    for (const name of withDependencies(tool)) {
      if (!folders.has(name)) folders.set(name, localFolder(workspaceRoot, `@nx-redox/${name}`));
      const folder = folders.get(name);
      if (folder === undefined) installed.push(`@nx-redox/${name}`);
      else found.push(`{workspaceRoot}/${folder}/{bin,src}/**/!(*.spec.ts)`);
    }
    const nodes = installed.every(isLocked) ? installed : [(own ??= installedNode(workspaceRoot)).name];
    found.push({ externalDependencies: nodes });
    known.set(tool, found);
    return found;
  };
  return {
    inputs,
    nodes: () => {
      // Whichever targets there are, and whether they were asked for or remembered.
      for (const name of Object.keys(TOOL_PACKAGES)) inputs(name as ToolPackage);
      return own === undefined ? {} : { [own.name]: own };
    },
  };
}

const lockFilesOf = (workspaceRoot: string) => LOCK_FILES.filter((file) => existsSync(join(workspaceRoot, file)));

const readAll = (workspaceRoot: string, files: readonly string[]) =>
  files.map((file) => readFileSync(join(workspaceRoot, file), 'utf8')).join('\n');

/** Files that git does not ignore; without git, all. */
function seenByNx(workspaceRoot: string, files: readonly string[]): string[] {
  return files.filter(
    (file) => spawnSync('git', ['check-ignore', '--quiet', '--', file], { cwd: workspaceRoot }).status !== 0,
  );
}

/** A node for all of our packages that are installed, and what they use: another lock file is another one. */
function installedNode(workspaceRoot: string): ProjectGraphExternalNode {
  const hash = createHash('sha256').update(readAll(workspaceRoot, lockFilesOf(workspaceRoot)));
  const versions = Object.keys(TOOL_PACKAGES).map((name) => versionOf(workspaceRoot, `@nx-redox/${name}`));
  const digest = hash.update(versions.join(' ')).digest('hex');
  const name = `nx-redox:installed@${digest.slice(0, 16)}` as const;
  return { type: 'nx-redox', name, data: { version: digest.slice(0, 16), packageName: 'nx-redox', hash: digest } };
}

/** The version of a package at the workspace's root; undefined if it lies elsewhere. */
function versionOf(workspaceRoot: string, name: string): string | undefined {
  try {
    const text = readFileSync(join(workspaceRoot, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
