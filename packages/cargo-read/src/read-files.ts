import { posix } from 'node:path';
import { configFiles } from './cargo-config';
import type { ReadCargoManifest } from './cargo-manifest';
import { type CodePaths, codePaths, linkerScriptIncludes } from './code-paths';

/** A tree of files to look into; paths are relative to its root, with `/`. */
export interface CodeTree {
  /** Files and links below a folder; nothing of hidden folders, and nothing that cargo has compiled. */
  files(dir: string): readonly string[];
  /** Undefined if there is nothing, or it lies outside the tree. */
  kind(path: string): 'file' | 'folder' | undefined;
  /** Where a link leads to in the tree; undefined for what is no link. */
  target(path: string): string | undefined;
  /** What the text of a file says, by {@link codeFacts}; undefined if it cannot be read. Of one inside a crate only what leads out counts. */
  code(path: string, isInside: boolean): CodeFacts | undefined;
  manifest: ReadCargoManifest;
  /** What a configuration file of cargo takes in, by configIncludes; nothing if it is not there. */
  config(path: string): readonly string[];
}

/** What of a file's text counts here: {@link codeFacts}. */
export interface CodeFacts extends CodePaths {
  /** Files that a linker script takes in. */
  includes: string[];
}

const NOTHING: CodeFacts = { paths: [], modules: [], assembly: [], includes: [] };

/** What is read of files outside its own folders. */
export interface OutsideFiles {
  /** Sorted; there may be no such file yet. Documents (`.md`) that are compiled in, too, wherever they lie. */
  files: string[];
  /** Folders that are read as a whole, sorted. */
  folders: string[];
}

const CODE = /\.(rs|s|asm|inc)$/i;
const DOCUMENT = /\.md$/;
const LINKER_SCRIPT = /\.(ld|lds|x)$/i;

/** True for files whose text may name others. */
function namesFiles(file: string): boolean {
  return CODE.test(file) || LINKER_SCRIPT.test(file);
}

/** What the text of a file says of others; undefined for files that nobody looks into. */
export function codeFacts(text: string, file: string): CodeFacts | undefined {
  if (LINKER_SCRIPT.test(file)) {
    return { paths: [], modules: [], assembly: [], includes: linkerScriptIncludes(text).map(({ name }) => name) };
  }
  return CODE.test(file) ? { ...codePaths(text), includes: [] } : undefined;
}

/** What a file that counts for a build is to it. */
export interface CodeRoots {
  /** Folders of crates, whose files count all. */
  crates: readonly string[];
  /** The folder of the Cargo workspace: compilers and linkers run there. */
  workspaceDir: string;
  /** Linker scripts. */
  scripts?: readonly string[];
  /** Other texts that name files: flags of the linker. */
  flags?: readonly string[];
}

/**
 * Finds files outside the folders of crates that a build of them reads: `include!` and the like, `#[path]`, what build
 * scripts and procedural macros are told by a literal, the manifests' own paths, links, INCLUDE of linker scripts. What
 * is put together while the build runs is not found here; the compiler tells of it afterwards.
 */
export function outsideFiles(roots: CodeRoots, tree: CodeTree): OutsideFiles {
  const { crates, workspaceDir, scripts = [], flags = [] } = roots;
  const files = new Set<string>();
  const folders = new Set<string>();
  const isInside = (path: string) => crates.some((dir) => isBelow(path, dir));
  const visited = new Set<string>();
  const open: { path: string; crate: string }[] = [];
  const visit = (path: string, crate: string): void => {
    if (visited.has(path)) return;
    visited.add(path);
    open.push({ path, crate });
  };
  const addFile = (path: string, crate: string): void => {
    const target = tree.target(path);
    if (target !== undefined && target !== path) add(target, crate, true);
    // Documents in a crate's folder count for nothing unless they are named.
    if (!isInside(path) || DOCUMENT.test(path)) files.add(path);
    visit(path, crate);
  };
  const add = (path: string, crate: string, wholeFolders: boolean): void => {
    if (path.startsWith('..') || posix.isAbsolute(path)) return;
    const kind = tree.kind(path);
    if (kind === 'file') addFile(path, crate);
    // A folder above would be everything.
    else if (
      kind === 'folder' &&
      wholeFolders &&
      path !== '.' &&
      ![...crates, workspaceDir].some((dir) => isBelow(dir, path))
    ) {
      if (!isInside(path)) folders.add(path);
      for (const file of tree.files(path)) visit(file, crate);
    }
  };
  const include = (from: string, name: string, crate: string): void => {
    // Beside the script, or where the linker runs; what is not there yet would be found first.
    for (const base of [posix.dirname(from), workspaceDir]) {
      const path = clean(base, name);
      if (path.startsWith('..') || posix.isAbsolute(path)) continue;
      if (!isInside(path)) files.add(path);
      if (tree.kind(path) === 'file') visit(path, crate);
    }
  };

  for (const crate of crates) {
    for (const path of tree.files(crate)) {
      const target = tree.target(path);
      if (target !== undefined) add(target, crate, true);
      visit(path, crate);
    }
  }
  for (const script of scripts) {
    if (tree.kind(script) === 'file') addFile(script, workspaceDir);
  }
  for (const config of configFiles(crates, tree.config)) {
    if (!config.startsWith('..') && !posix.isAbsolute(config) && !isInside(config) && tree.kind(config) === 'file')
      files.add(config);
  }
  for (const flag of flags) {
    for (const name of codePaths(JSON.stringify(flag)).paths) add(clean(workspaceDir, name), workspaceDir, false);
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, crate } = next;
    const facts = factsOf(path, tree, isInside(path));
    if (facts === undefined) continue;
    const dir = posix.dirname(path);
    const outside = !isInside(path);
    for (const name of facts.paths) {
      // From inside, only `..` leads out; a leading slash stands behind CARGO_MANIFEST_DIR.
      if (!outside && !name.includes('..') && !DOCUMENT.test(name)) continue;
      const rootless = name.replace(/^\/+/, '');
      if (!name.startsWith('/')) add(clean(dir, name), crate, dir === crate || outside);
      add(clean(crate, rootless), crate, true);
    }
    for (const name of facts.assembly)
      for (const base of [dir, crate, workspaceDir]) add(clean(base, name), crate, false);
    for (const name of facts.includes) include(path, name, crate);
    if (!outside) continue;
    const stem = posix.basename(path, '.rs');
    for (const name of facts.modules) {
      for (const at of [dir, posix.join(dir, stem)]) {
        for (const file of [`${name}.rs`, `${name}/mod.rs`]) add(posix.join(at, file), crate, false);
      }
    }
  }
  const sorted = (set: Set<string>): string[] => [...set].sort();
  const inFolder = (path: string): boolean => [...folders].some((dir) => isBelow(path, dir));
  return { files: sorted(files).filter((path) => !inFolder(path)), folders: sorted(folders) };
}

function factsOf(path: string, tree: CodeTree, isInside: boolean): CodeFacts | undefined {
  if (namesFiles(path)) return tree.code(path, isInside);
  if (posix.basename(path) !== 'Cargo.toml') return undefined;
  const paths = tree.manifest(path)?.manifest?.outside ?? [];
  return paths.length === 0 ? undefined : { ...NOTHING, paths };
}

function isBelow(path: string, dir: string): boolean {
  return dir === '.' || path === dir || path.startsWith(`${dir}/`);
}

function clean(base: string, name: string): string {
  return posix.join(base, name).replace(/(.)\/+$/, '$1');
}
