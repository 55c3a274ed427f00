import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { InputDefinition } from './nx';

/** Packages whose code runs in cached targets, with those of ours that they load (their package.json says the same). */
export const TOOL_PACKAGES = {
  binary: ['kit'],
  bootcheck: ['binary', 'kit', 'redox'],
  cargo: ['binary', 'bootcheck', 'cargo-read', 'front', 'kit', 'recipe', 'redox', 'toolchain'],
  'cargo-read': ['kit'],
  cookbook: ['kit', 'recipe'],
  front: ['binary', 'initfs', 'kit', 'redox', 'toolchain'],
  image: ['binary', 'bootcheck', 'kit', 'toolchain'],
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

/**
 * Sources of packages that are part of the workspace count file by file. Installed ones count by version: as external
 * nodes, which Nx knows if a lock file names them; otherwise nothing is said, and Nx counts every installed package.
 */
export function toolInputs(workspaceRoot: string): ToolInputs {
  const folders = new Map<ToolPackage, string | undefined>();
  // Asked for each recipe, and lock files are large.
  const locked = new Map<string, boolean>();
  let locks: string | undefined;
  const isLocked = (name: string): boolean => {
    locks ??= LOCK_FILES.map((file) => join(workspaceRoot, file))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    if (!locked.has(name)) locked.set(name, locks.includes(name));
    return locked.get(name)!;
  };
  return (tool) => {
    const inputs: InputDefinition[] = [];
    const installed: string[] = [];
    for (const name of withDependencies(tool)) {
      if (!folders.has(name)) folders.set(name, localFolder(workspaceRoot, `@nx-redox/${name}`));
      const folder = folders.get(name);
      if (folder === undefined) installed.push(`@nx-redox/${name}`);
      else inputs.push(`{workspaceRoot}/${folder}/src/**/!(*.spec.ts)`);
    }
    if (installed.every(isLocked)) inputs.push({ externalDependencies: installed });
    return inputs;
  };
}
