import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type Diagnostic, isTable, type Rule, TomlDocument } from '@nx-redox/kit/toml';

/** What the graph needs to know of a Cargo.toml; folders are as written there, relative to the manifest's. */
export interface CargoManifest {
  /** Name of the package; undefined for a manifest that is only a workspace. */
  package?: string;
  description?: string;
  /** `[workspace]` is there: this manifest is the root of a workspace. */
  isWorkspace: boolean;
  /** `package.workspace`: folder of the workspace's manifest. */
  workspace?: string;
  /** Path dependencies that a build of the package needs (no dev-dependencies). */
  paths: string[];
  /** Dependencies with `workspace = true`, by name. */
  inherited: string[];
  /** `members` and `exclude` of `[workspace]`: folders, members also as patterns. */
  members: string[];
  excluded: string[];
  /** `[workspace.dependencies]` with a path, by name. */
  workspacePaths: Record<string, string>;
  /** `package.build`: the build script's place, or that there is none; undefined if cargo looks for build.rs. */
  build?: string | boolean;
  /** Names of `[[bin]]` tables. */
  bins: string[];
  /** Cargo finds programs by their place (src/main.rs, src/bin/) too. */
  autobins: boolean;
  /** Paths in `[patch]` and `[replace]` tables, which may take the place of any crate of the workspace. */
  patchPaths: string[];
  /** Strings that may be paths out of the manifest's folder. */
  outside: string[];
}

const DEPENDENCY_TABLES = ['dependencies', 'build-dependencies', 'build_dependencies'];

function tableAt(value: unknown, key: string): Record<string, unknown> {
  const inner = isTable(value) ? value[key] : undefined;
  return isTable(inner) ? inner : {};
}

function stringAt(value: unknown, key: string): string | undefined {
  const inner = isTable(value) ? value[key] : undefined;
  return typeof inner === 'string' ? inner : undefined;
}

function stringsAt(value: unknown, key: string): string[] {
  const inner = isTable(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner.filter((entry) => typeof entry === 'string') : [];
}

function tablesAt(value: unknown, key: string): unknown[] {
  const inner = isTable(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isTable(value) ? Object.values(value).flatMap(textsIn) : [];
}

// Cargo checks the manifest itself when it builds; here only what the graph reads counts.
const manifest: Rule<CargoManifest> = (value) => {
  const root = isTable(value) ? value : {};
  const tables = [root, ...Object.values(tableAt(root, 'target'))].flatMap((owner) =>
    DEPENDENCY_TABLES.map((name) => tableAt(owner, name)),
  );
  const dependencies = tables.flatMap((table) => Object.entries(table));
  const name = stringAt(tableAt(root, 'package'), 'name');
  const description = stringAt(tableAt(root, 'package'), 'description');
  const workspace = stringAt(tableAt(root, 'package'), 'workspace');
  const build = tableAt(root, 'package')['build'];
  const patches = [tableAt(root, 'replace'), ...Object.values(tableAt(root, 'patch'))];
  return {
    ...(name === undefined ? {} : { package: name }),
    ...(description === undefined ? {} : { description }),
    isWorkspace: isTable(root['workspace']),
    members: stringsAt(tableAt(root, 'workspace'), 'members'),
    excluded: stringsAt(tableAt(root, 'workspace'), 'exclude'),
    ...(workspace === undefined ? {} : { workspace }),
    ...(typeof build === 'string' || typeof build === 'boolean' ? { build } : {}),
    paths: dependencies.flatMap(([, dependency]) => stringAt(dependency, 'path') ?? []),
    inherited: dependencies.flatMap(([key, dependency]) =>
      isTable(dependency) && dependency['workspace'] === true ? [key] : [],
    ),
    workspacePaths: Object.fromEntries(
      Object.entries(tableAt(tableAt(root, 'workspace'), 'dependencies')).flatMap(([key, dependency]) => {
        const path = stringAt(dependency, 'path');
        return path === undefined ? [] : [[key, path]];
      }),
    ),
    bins: tablesAt(root, 'bin').flatMap((bin) => stringAt(bin, 'name') ?? []),
    autobins: tableAt(root, 'package')['autobins'] !== false,
    outside: [...new Set(textsIn(root).filter((text) => text.includes('..')))],
    patchPaths: patches.flatMap((patch) =>
      isTable(patch) ? Object.values(patch).flatMap((entry) => stringAt(entry, 'path') ?? []) : [],
    ),
  };
};

/** Reads the text of a Cargo.toml; `manifest` is undefined only if the text is not TOML. */
export function parseCargoManifest(
  text: string,
  file: string,
): { manifest: CargoManifest | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(text, file);
  return { manifest: document.read(manifest), diagnostics: document.diagnostics };
}

/** A folder that a build of a package reads besides its own. */
export interface CargoPathDependency {
  /** Relative to the workspace root, with `/`. */
  dir: string;
  /** True if the package's own Cargo.toml alone leads to it, and not the workspace's or another crate's. */
  direct: boolean;
  /** Folders of the packages that depend on it; the workspace's for a patch. Sorted. */
  dependents: string[];
}

/** How a package is placed among Cargo's workspaces, and what else its build reads. All paths are relative to the workspace root. */
export interface CargoFacts {
  manifest: string;
  package: string | undefined;
  description: string | undefined;
  /** Folder of the manifest with `[workspace]` that the package belongs to; the package's own if there is none. */
  workspaceDir: string;
  /** Path dependencies, with those that they have themselves, and patches of the workspace. */
  dependencies: CargoPathDependency[];
}

/** Reads and parses one Cargo.toml; undefined if the file is not there. */
export type ReadCargoManifest = (
  file: string,
) => { manifest: CargoManifest | undefined; diagnostics: Diagnostic[] } | undefined;

/** Reads manifests of a workspace from disk. */
export function cargoManifestsOf(workspaceRoot: string): ReadCargoManifest {
  return (file) => {
    let text: string;
    try {
      text = readFileSync(posix.join(workspaceRoot, file), 'utf8');
    } catch {
      return undefined;
    }
    return parseCargoManifest(text, file);
  };
}

/**
 * Finds out without cargo what the package in `dir` is built from: its name, its Cargo workspace and all folders it
 * reaches by path dependencies. Folders outside the workspace root are left out: nothing there can be an input.
 */
export function readCargoFacts(
  dir: string,
  read: ReadCargoManifest,
): { facts: CargoFacts | undefined; diagnostics: Diagnostic[] } {
  const file = posix.join(dir, 'Cargo.toml');
  const own = read(file);
  if (own === undefined) {
    return {
      facts: undefined,
      diagnostics: [
        {
          severity: 'error',
          message: 'there is no such file, although the recipe is built with cargo',
          file,
          advice: ['add a Cargo.toml, or choose another [build] template in recipe.toml'],
        },
      ],
    };
  }
  if (own.manifest === undefined) return { facts: undefined, diagnostics: own.diagnostics };

  const found = new Map<string, CargoPathDependency>();
  const visit = (from: string, manifest: CargoManifest): void => {
    const workspaceDir = findWorkspace(from, manifest, read);
    const workspace = read(posix.join(workspaceDir, 'Cargo.toml'))?.manifest;
    for (const path of manifest.paths) add(from, resolveFrom(from, path), from === dir);
    for (const name of manifest.inherited) {
      const path = workspace?.workspacePaths[name];
      if (path !== undefined) add(from, resolveFrom(workspaceDir, path), false);
    }
    for (const path of workspace?.patchPaths ?? []) add(workspaceDir, resolveFrom(workspaceDir, path), false);
  };
  const add = (dependent: string, target: string, direct: boolean): void => {
    if (target === dir || target.startsWith('..') || posix.isAbsolute(target)) return;
    const known = found.get(target);
    if (known !== undefined) {
      known.direct ||= direct;
      if (!known.dependents.includes(dependent)) known.dependents.push(dependent);
      return;
    }
    found.set(target, { dir: target, direct, dependents: [dependent] });
    const other = read(posix.join(target, 'Cargo.toml'))?.manifest;
    if (other !== undefined) visit(target, other);
  };
  visit(dir, own.manifest);
  for (const { dependents } of found.values()) dependents.sort();
  return {
    facts: {
      manifest: file,
      package: own.manifest.package,
      description: own.manifest.description,
      workspaceDir: findWorkspace(dir, own.manifest, read),
      dependencies: [...found.values()].sort((a, b) => (a.dir < b.dir ? -1 : 1)),
    },
    diagnostics: own.diagnostics,
  };
}

function resolveFrom(dir: string, path: string): string {
  return posix.isAbsolute(path) ? path : trimSlash(posix.join(dir, path));
}

/** Without a slash at its end. */
export function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The folder of the nearest manifest upwards that has `[workspace]`, as cargo looks for it. */
function findWorkspace(dir: string, manifest: CargoManifest, read: ReadCargoManifest): string {
  if (manifest.isWorkspace) return dir;
  if (manifest.workspace !== undefined) return resolveFrom(dir, manifest.workspace);
  for (let parent = posix.dirname(dir), child = dir; parent !== child; child = parent, parent = posix.dirname(parent)) {
    const found = read(posix.join(parent, 'Cargo.toml'))?.manifest;
    if (found?.isWorkspace === true && !isExcluded(dir, parent, found)) return parent;
  }
  return dir;
}

/** Whether a workspace says that a folder below it is none of its members; cargo then looks on upwards. */
function isExcluded(dir: string, root: string, { members, excluded }: CargoManifest): boolean {
  const isBelow = (path: string) => `${dir}/`.startsWith(`${resolveFrom(root, path)}/`);
  return excluded.some(isBelow) && !members.some(isBelow);
}
