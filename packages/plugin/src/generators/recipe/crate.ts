import { posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import type { Tree } from '@nx/devkit';
import { cargoGlob } from '../../cargo-glob';
import { readText } from '../systems';
import { addToArray, addToOptionalArray, parseToml, valueAt, type TomlTable } from '@nx-redox/kit/toml-edit';
import { addLocked, hasLocked } from './cargo-lock';
import type { ComponentKind } from './init-script';
import { cargoToml, DEPENDENCIES, MAIN, OWN_VERSION } from './templates';

/** New texts of files, by path. */
export type Changes = Record<string, string>;

/**
 * Files of a new crate in the Cargo workspace of its system: the crate, its entry among the members, its entry in
 * the lock file.
 * @throws {UserError} if the system has no Cargo workspace with the crates that the program needs.
 */
export function planCrate(tree: Tree, dir: string, kind: ComponentKind, description: string): Changes {
  const name = posix.basename(dir);
  const system = posix.dirname(dir);
  const manifestFile = workspaceManifest(tree, system);
  if (manifestFile === undefined) {
    throw new UserError(`${system} has no Cargo workspace that a new crate could join`, {
      advice: [`add ${system}/Cargo.toml with [workspace]`, 'for an existing crate: --git=URL'],
    });
  }
  const manifest = readText(tree, manifestFile);
  const document = parseToml(manifest, manifestFile);
  const table = (...path: string[]) => (valueAt(document, path) ?? {}) as TomlTable;
  const missing = DEPENDENCIES[kind].filter((crate) => table('workspace', 'dependencies')[crate] === undefined);
  if (missing.length > 0) {
    throw new UserError(`a new ${kind} needs ${missing.join(' and ')} in [workspace.dependencies]`, {
      file: manifestFile,
      advice: ['add what is missing', 'for a program that is written in another way: --git=URL'],
    });
  }
  const inherited = table('workspace', 'package');
  const version = inherited['version'];
  return {
    [manifestFile]: addMember(manifest, manifestFile, posix.relative(posix.dirname(manifestFile), dir)),
    ...planLock(tree, posix.join(posix.dirname(manifestFile), 'Cargo.lock'), {
      name,
      version: typeof version === 'string' ? version : OWN_VERSION,
      dependencies: DEPENDENCIES[kind],
    }),
    [`${dir}/Cargo.toml`]: cargoToml(name, description, DEPENDENCIES[kind], {
      keys: Object.keys(inherited),
      lints: valueAt(document, ['workspace', 'lints']) !== undefined,
    }),
    [`${dir}/src/main.rs`]: MAIN[kind](name),
  };
}

/**
 * Keeps cargo from taking a crate that is fetched to `source` for a member of the Cargo workspace around it.
 * @throws {UserError} if the workspace's manifest cannot be edited.
 */
export function planExclusion(tree: Tree, source: string): Changes {
  const file = workspaceManifest(tree, posix.dirname(posix.dirname(source)));
  if (file === undefined) return {};
  const folder = posix.relative(posix.dirname(file), source);
  const text = readText(tree, file);
  const excluded = valueAt(parseToml(text, file), ['workspace', 'exclude']);
  if (
    Array.isArray(excluded) &&
    excluded.some((path) => typeof path === 'string' && `${folder}/`.startsWith(`${path}/`))
  )
    return {};
  return { [file]: addToOptionalArray(text, file, ['workspace'], 'exclude', folder) };
}

/** The manifest of the Cargo workspace that a folder of the system's folder belongs to. */
function workspaceManifest(tree: Tree, system: string): string | undefined {
  for (let dir = system; ; dir = posix.dirname(dir)) {
    const file = posix.join(dir, 'Cargo.toml');
    if (tree.isFile(file) && parseToml(readText(tree, file), file)['workspace'] !== undefined) return file;
    if (dir === '.') return undefined;
  }
}

function addMember(text: string, file: string, member: string): string {
  const members = valueAt(parseToml(text, file), ['workspace', 'members']);
  const covers = (glob: unknown) => typeof glob === 'string' && cargoGlob(glob)(member);
  if (Array.isArray(members) && members.some(covers)) return text;
  return addToArray(text, file, ['workspace', 'members'], member);
}

function planLock(
  tree: Tree,
  file: string,
  added: { name: string; version: string; dependencies: readonly string[] },
): Changes {
  if (!tree.isFile(file)) {
    throw new UserError('there is no such file, and builds need it', {
      file,
      advice: 'cargo generate-lockfile makes it',
    });
  }
  const text = readText(tree, file);
  if (hasLocked(text, file, added.name)) {
    throw new UserError(`there is a package "${added.name}" already`, { file, advice: 'choose another name' });
  }
  return { [file]: addLocked(text, file, added) };
}
