import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { isTable } from '@nx-redox/kit/toml';
import { parse } from 'smol-toml';

/** What of cargo's configuration has a say in how we change a call. */
export interface CargoConfig {
  /** `build.target`, with paths of JSON files absolute. */
  targets: string[];
  /** Whether `build.rustflags` is there. */
  hasBuildRustflags: boolean;
  /** Names of `target.<name>` tables with rustflags. */
  targetRustflags: string[];
  /** `unstable.build-std`; undefined if it is not there. */
  buildStd?: string[];
  buildStdFeatures?: string[];
  /** `unstable` has other keys than those of build-std. */
  hasOtherUnstable: boolean;
  /** Files that were read. */
  files: string[];
}

const strings = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** Keys of `[unstable]` that say how std is compiled, which the prepared sysroot answers. */
const BUILD_STD = new Set(['build-std', 'build-std-features', 'json-target-spec']);

function configFile(folder: string): string | undefined {
  // Without an ending it is the older name, which cargo prefers.
  return [join(folder, 'config'), join(folder, 'config.toml')].find((file) => existsSync(file));
}

/** Configuration files that cargo reads in a folder, the strongest first. */
function configFiles(folder: string, env: NodeJS.ProcessEnv): string[] {
  const files: string[] = [];
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = configFile(join(at, '.cargo'));
    if (file !== undefined) files.push(file);
    if (dirname(at) === at) break;
  }
  const home = configFile(env.CARGO_HOME ?? join(homedir(), '.cargo'));
  if (home !== undefined && !files.includes(home)) files.push(home);
  return files;
}

/**
 * Reads what cargo would read in a folder.
 *
 * @param inline values of `--config`: `key=value` or a file.
 * @throws {UserError} if a file is no TOML.
 */
export function readCargoConfig(
  folder: string,
  inline: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): CargoConfig {
  const sources: { table: Record<string, unknown>; base: string }[] = [];
  const files: string[] = [];
  const read = (text: string, base: string, file?: string) => {
    try {
      sources.push({ table: parse(text), base });
    } catch (error) {
      // What cargo itself will say better, it says.
      if (file === undefined) return;
      throw new UserError(`this file of cargo is no TOML: ${(error as Error).message.split('\n')[0]}`, { file });
    }
  };
  // On the command line the last one wins.
  for (const value of inline.toReversed()) {
    const file = resolve(folder, value);
    if (existsSync(file)) {
      files.push(file);
      read(readFileSync(file, 'utf8'), dirname(file), file);
    } else if (value.includes('=')) read(value, folder);
  }
  for (const file of configFiles(folder, env)) {
    files.push(file);
    // Paths in it are relative to the folder above .cargo.
    read(readFileSync(file, 'utf8'), dirname(dirname(file)), file);
  }
  const config: CargoConfig = {
    targets: [],
    hasBuildRustflags: env.CARGO_BUILD_RUSTFLAGS !== undefined,
    targetRustflags: [],
    hasOtherUnstable: false,
    files,
  };
  for (const { table, base } of sources) {
    const build = isTable(table.build) ? table.build : {};
    if (config.targets.length === 0) {
      config.targets = strings(build.target).map((name) => (name.endsWith('.json') ? resolve(base, name) : name));
    }
    if (build.rustflags !== undefined) config.hasBuildRustflags = true;
    for (const [name, value] of Object.entries(isTable(table.target) ? table.target : {})) {
      if (isTable(value) && value.rustflags !== undefined) config.targetRustflags.push(name);
    }
    const unstable = isTable(table.unstable) ? table.unstable : {};
    if (unstable['build-std'] !== undefined) (config.buildStd ??= []).push(...strings(unstable['build-std']));
    if (unstable['build-std-features'] !== undefined) {
      (config.buildStdFeatures ??= []).push(...strings(unstable['build-std-features']));
    }
    if (Object.keys(unstable).some((key) => !BUILD_STD.has(key))) config.hasOtherUnstable = true;
  }
  return config;
}
