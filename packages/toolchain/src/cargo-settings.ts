import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { isTable } from '@nx-redox/kit/toml';
import { parse } from 'smol-toml';
import { cargoHome } from './settings';

/** Tables of cargo's configuration that say how to reach crates and how to talk, and nothing about what is built. */
const HARMLESS = new Set([
  'alias',
  'cache',
  'cargo-new',
  'credential-alias',
  'doc',
  'future-incompat-report',
  'http',
  'install',
  'net',
  'registries',
  'registry',
  'source',
  'term',
]);
/** Keys of `[build]` that builds here set themselves, by stronger means, or that only say how fast. */
const HARMLESS_BUILD = new Set([
  'build-dir',
  'incremental',
  'jobs',
  'pipelining',
  'rustc',
  'rustc-wrapper',
  'rustdoc',
  'rustdocflags',
  'rustflags',
  'target',
  'target-dir',
]);
/** Keys of `[target.<name>]` for programs of this machine, and flags, which builds here set themselves. */
const HARMLESS_TARGET = new Set(['ar', 'linker', 'runner', 'rustflags', 'rustdocflags']);

/** Keys of a configuration file that have a say in what is built. */
export function settingsThatCount(config: Record<string, unknown>): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (HARMLESS.has(name)) return [];
    const inner = isTable(value) ? value : {};
    if (name === 'build') {
      return Object.keys(inner).flatMap((key) => (HARMLESS_BUILD.has(key) ? [] : [`build.${key}`]));
    }
    if (name !== 'target') return [name];
    return Object.entries(inner).flatMap(([target, settings]) =>
      Object.keys(isTable(settings) ? settings : {}).flatMap((key) =>
        HARMLESS_TARGET.has(key) ? [] : [`target.${target}.${key}`],
      ),
    );
  });
}

/** Configuration files that cargo reads in a folder and that are no files of the workspace. */
async function foreignFiles(folder: string, workspaceRoot: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const isInside = (path: string): boolean => {
    const way = relative(workspaceRoot, path);
    return !way.startsWith('..') && !isAbsolute(way);
  };
  const folders: string[] = [];
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (!isInside(at)) folders.push(join(at, '.cargo'));
    if (dirname(at) === at) break;
  }
  folders.push(cargoHome(env));
  // Without an ending it is the older name, which cargo prefers.
  return [...new Set(folders)].flatMap((dir) => [join(dir, 'config'), join(dir, 'config.toml')]);
}

/**
 * Makes sure that no file of cargo's configuration outside the workspace, above it or the user's own, has a say in what a
 * build in `folder` makes: no hash of a task knows of it.
 *
 * @throws {UserError} naming the file and its keys.
 */
export async function requireOwnCargoSettings(
  folder: string,
  workspaceRoot: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  for (const file of await foreignFiles(folder, workspaceRoot, env)) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    let config: Record<string, unknown>;
    try {
      config = parse(text);
    } catch {
      // Cargo itself says what is wrong with it.
      continue;
    }
    const keys = settingsThatCount(config);
    if (keys.length === 0) continue;
    throw new UserError(
      `this file of cargo lies outside the workspace and would change what is built: ${keys.join(', ')}`,
      {
        file,
        advice: [
          'no hash of Nx knows this file: results would differ from machine to machine and be mistaken for each other',
          `move what the workspace needs to its own .cargo/config.toml, or profiles to Cargo.toml, and take the rest out`,
          'or build with another folder for cargo: CARGO_HOME=~/.cargo-redox',
        ],
      },
    );
  }
}
