import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { upwards } from '@nx-redox/cargo-read';
import { findRecipes, parseSystem } from '@nx-redox/recipe/parse';
import type { ScopeReader } from './scope';
import { compareVersions } from './version';

/** The kernel that a recipe's programs run on. */
export interface Kernel {
  /** Folder of its recipe. */
  dir: string;
  /** redox_syscall that it is built with; undefined if its source is not there, or does not use that crate. */
  syscall?: string;
}

/** The folder of the system.toml that a recipe belongs to; undefined if it belongs to none. */
export function systemOf(workspaceRoot: string, recipeDir: string): string | undefined {
  return upwards(recipeDir).find((dir) => existsSync(join(workspaceRoot, dir, 'system.toml')));
}

/** The folder of a system's kernel recipe; undefined if system.toml does not name one that is there. */
export function kernelOfSystem(workspaceRoot: string, systemDir: string): string | undefined {
  const file = posix.join(systemDir, 'system.toml');
  const name = parseSystem(readFileSync(join(workspaceRoot, file), 'utf8'), file).system?.kernel;
  if (name === undefined) return undefined;
  return findRecipes(workspaceRoot, systemDir)
    .map((recipe) => posix.dirname(recipe))
    .find((dir) => basename(dir) === name);
}

/** @throws {UserError} if the recipe has mistakes. */
export async function readKernel(reader: ScopeReader, dir: string): Promise<Kernel> {
  const { folder, locks } = await reader.read(dir);
  if (folder === undefined) return { dir };
  const versions = locks.flatMap((file) => {
    const packages = reader.lock(file)?.packages ?? [];
    const own = packages.filter(({ source }) => source === undefined).flatMap(({ dependencies }) => dependencies);
    return own.map((index) => packages[index]!).filter(({ name }) => name === 'redox_syscall');
  });
  const [newest] = versions.map(({ version }) => version).sort((a, b) => compareVersions(b, a));
  return newest === undefined ? { dir } : { dir, syscall: newest };
}
