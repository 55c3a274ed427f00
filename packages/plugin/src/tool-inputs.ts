import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { InputDefinition } from './nx';

/** Packages whose executors run in targets. */
export const TOOL_PACKAGES = ['cargo', 'common', 'elf', 'image', 'initfs', 'qemu', 'recipe', 'toolchain'] as const;
export type ToolPackage = (typeof TOOL_PACKAGES)[number];

/** Inputs that stand for the code of executors: what another version of it makes is another result. */
export type ToolInputs = (packages: readonly ToolPackage[]) => InputDefinition[];

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
  return (packages) => {
    const inputs: InputDefinition[] = [];
    const installed: string[] = [];
    for (const name of packages) {
      if (!folders.has(name)) folders.set(name, localFolder(workspaceRoot, `@nx-redox/${name}`));
      const folder = folders.get(name);
      if (folder === undefined) installed.push(`@nx-redox/${name}`);
      else inputs.push(`{workspaceRoot}/${folder}/src/**/!(*.spec.ts)`);
    }
    if (installed.every(isLocked)) inputs.push({ externalDependencies: installed });
    return inputs;
  };
}
