import { createHash, hash } from 'node:crypto';
import { posix } from 'node:path';
import {
  type CargoManifest,
  codeFacts,
  type CodeTree,
  configIncludes,
  outsideFiles,
  parseCargoManifest,
  readCargoFacts,
  type ReadCargoManifest,
  upwards,
} from '@nx-redox/cargo-read';
import { ARCHES } from '@nx-redox/kit';
import { isTable } from '@nx-redox/kit/toml';
import { builderOf, type Recipe } from '@nx-redox/recipe/parse';
import { parse } from 'smol-toml';
import type { TreeFile } from '../tree';
import { cargoLockSlice } from './cargo-lock-slice';

/** The files of a tree that count for one component. */
export interface UsedFiles {
  /** Cargo packages that the component is built from; undefined if the whole tree counts. */
  packages?: string[];
  /** What stands for each file, by path; for a part of a file it is a hash of that part. */
  files: Map<string, string>;
}

/** A tree to look into. */
export interface TreeView {
  /** Content by kind and hash, as it is before the script of `[source]`. */
  files: ReadonlyMap<string, Pick<TreeFile, 'kind' | 'hash'>>;
  /** Text of a file; undefined if it is not there. */
  text: (path: string) => string | undefined;
  /** Target of a link, as it is written; undefined for what is no link. */
  link?: (path: string) => string | undefined;
  /** Files that builds were seen to read, whatever the sources say. */
  named?: readonly string[];
  /** True for files that the script changes: they count whole, since their text is not the one that was fetched. */
  scripted: (path: string) => boolean;
}

/** Settings that cargo and rustup look for in a package's folder and all above it. */
const SETTINGS = ['.cargo/config.toml', '.cargo/config', 'rust-toolchain.toml', 'rust-toolchain'];
/** Keys of `[workspace]` that say which packages there are, not how one of them is built. */
const MEMBER_KEYS = ['members', 'default-members', 'exclude'];

const idOf = ({ kind, hash }: Pick<TreeFile, 'kind' | 'hash'>) => `${kind}${hash}`;

/**
 * Finds the files that a component is built from. For cargo these are the folders of its packages and of their path
 * dependencies (without other packages in them), the workspace's manifest, the part of Cargo.lock that they reach, and
 * cargo's settings; for all other recipes, and where the packages cannot be told, it is the whole tree.
 */
export function usedFiles(recipe: Recipe, name: string, view: TreeView): UsedFiles {
  return (
    cargoFiles(recipe, name, view) ?? { files: new Map([...view.files].map(([path, file]) => [path, idOf(file)])) }
  );
}

/** Digest of used files, independent of their order: `sha256:` and 64 digits. */
export function digestOf({ files }: Pick<UsedFiles, 'files'>): string {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) hash.update(`${path}\0${files.get(path)}\0`);
  return `sha256:${hash.digest('hex')}`;
}

function cargoFiles(recipe: Recipe, name: string, view: TreeView): UsedFiles | undefined {
  const { build } = recipe;
  if (build?.template !== 'cargo') return undefined;
  const start = posix.normalize(build.cargopath ?? '.').replace(/(.)\/$/, '$1');
  if (start.startsWith('..') || posix.isAbsolute(start)) return undefined;

  const manifests = new Map<string, ReturnType<ReadCargoManifest>>();
  const read: ReadCargoManifest = (file) => {
    if (!manifests.has(file)) {
      const text = view.text(file);
      manifests.set(file, text === undefined ? undefined : parseCargoManifest(text, file));
    }
    return manifests.get(file);
  };
  const packageIn = (dir: string) => read(posix.join(dir, 'Cargo.toml'))?.manifest;

  const first = packageIn(start);
  if (first === undefined) return undefined;
  const names = packagesOf(recipe, name, first);
  if (names === undefined) return undefined;
  const dirs = names.map((wanted) => (first.package === wanted ? start : findPackage(wanted, start, view, read)));

  const folders = new Set<string>();
  const whole = new Set<string>();
  const workspaces = new Set<string>();
  for (const dir of dirs) {
    const facts = dir === undefined ? undefined : readCargoFacts(dir, read).facts;
    if (dir === undefined || facts === undefined) return undefined;
    workspaces.add(facts.workspaceDir);
    for (const folder of [dir, ...facts.dependencies.map((dependency) => dependency.dir)]) {
      folders.add(folder);
      for (const at of upwards(folder)) SETTINGS.forEach((file) => whole.add(posix.join(at, file)));
    }
  }

  const scripts = linkerScripts(recipe, start);
  for (const file of scripts) whole.add(file);
  // What these crates name outside their folders belongs to them.
  const tree = codeTree(view, read);
  const wholeFolders = new Set<string>();
  for (const file of view.named ?? []) whole.add(file);
  for (const workspaceDir of workspaces) {
    const roots = { crates: [...folders], workspaceDir, scripts, flags: recipe.nx.rustflags ?? [] };
    const outside = outsideFiles(roots, tree);
    for (const file of outside.files) whole.add(file);
    for (const folder of outside.folders) wholeFolders.add(folder);
  }

  const files = new Map<string, string>();
  const isPackage = (dir: string) => view.files.has(posix.join(dir, 'Cargo.toml'));
  for (const [path, file] of view.files) {
    const owner = upwards(posix.dirname(path)).find(isPackage);
    const isNamed = whole.has(path) || upwards(posix.dirname(path)).some((dir) => wholeFolders.has(dir));
    if ((owner !== undefined && folders.has(owner)) || isNamed) files.set(path, idOf(file));
  }
  for (const workspace of workspaces) {
    const use = (path: string, part: (text: string) => string) => {
      const file = view.files.get(path);
      if (file === undefined) return;
      const text = view.scripted(path) ? undefined : view.text(path);
      files.set(path, text === undefined ? idOf(file) : `part ${part(text)}`);
    };
    use(posix.join(workspace, 'Cargo.toml'), manifestWithoutMembers);
    use(posix.join(workspace, 'Cargo.lock'), (text) => cargoLockSlice(text, names));
  }
  return { packages: [...names].sort(), files };
}

/** Names of the packages that are built; undefined if that cannot be told. */
function packagesOf(recipe: Recipe, name: string, first: CargoManifest): readonly string[] | undefined {
  // Start files and what others take of its crates are no dependencies of the package.
  if (recipe.kind === 'libc') return undefined;
  if (builderOf(recipe) === 'cargo') return [recipe.nx.package ?? name];
  const { build } = recipe;
  if (build?.template !== 'cargo') return undefined;
  // Examples have dependencies of their own.
  if (build.cargoexamples?.length) return undefined;
  if (build.cargopackages?.length) return build.cargopackages;
  // Cargo builds the package that lies there; in a pure workspace it builds all members.
  return first.package === undefined ? undefined : [first.package];
}

/** Where the linker script may be, one for each architecture. */
function linkerScripts({ nx }: Recipe, start: string): string[] {
  const script = nx['linker-script'];
  return script === undefined ? [] : ARCHES.map((arch) => posix.join(start, script.replaceAll('{arch}', arch)));
}

/** A fetched tree as the search for what crates read looks at it. */
function codeTree(view: TreeView, manifest: ReadCargoManifest): CodeTree {
  const names = [...view.files.keys()].sort();
  const folders = new Set(names.flatMap((name) => upwards(posix.dirname(name))));
  return {
    files: (dir) => (dir === '.' ? names : names.filter((name) => name.startsWith(`${dir}/`))),
    kind: (path) => (view.files.has(path) ? 'file' : folders.has(path) ? 'folder' : undefined),
    target: (path) => {
      if (view.files.get(path)?.kind !== 'l') return undefined;
      const link = view.link?.(path);
      return link === undefined || posix.isAbsolute(link) ? undefined : posix.join(posix.dirname(path), link);
    },
    code: (path, isInside) => {
      const text = view.text(path);
      // Most files lead nowhere, and need not be looked through.
      if (text === undefined || (isInside && !/\.\.|\.md"|\.inc|INCLUDE/.test(text))) return undefined;
      return codeFacts(text, path);
    },
    manifest,
    config: (path) => configIncludes(view.text(path) ?? ''),
  };
}

/** The folder of a package by name: one of the workspace at `start` goes before others. */
function findPackage(name: string, start: string, view: TreeView, read: ReadCargoManifest): string | undefined {
  const dirs = [...view.files.keys()]
    .filter((path) => posix.basename(path) === 'Cargo.toml' && read(path)?.manifest?.package === name)
    .map((path) => posix.dirname(path))
    .sort();
  return dirs.find((dir) => readCargoFacts(dir, read).facts?.workspaceDir === start) ?? dirs[0];
}

/** A hash of a workspace's manifest that does not change with the list of its members. */
function manifestWithoutMembers(text: string): string {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return hash('sha256', text, 'hex');
  }
  if (isTable(value) && isTable(value['workspace'])) {
    const kept = Object.entries(value['workspace']).filter(([key]) => !MEMBER_KEYS.includes(key));
    value['workspace'] = Object.fromEntries(kept);
  }
  return hash('sha256', JSON.stringify(sorted(value)), 'hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
