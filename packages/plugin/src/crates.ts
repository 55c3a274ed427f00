import { posix } from 'node:path';
import { type CargoLock, directCratesOf, type LockedPackage, parseCargoLock } from '@nx-redox/cargo-read';
import type { Component, RecipeModel, SystemModel, CrateGraph, Crate } from './model';
import type { Workspace } from './workspace';

function hashOf({ hash, source, version }: LockedPackage): string {
  // A crate without checksum comes from a source that has none, such as a vendored registry.
  return hash ?? `${source}#${version}`;
}

/**
 * Reads the Cargo.lock of every component's cargo workspace, without cargo, and notes each component's crates in it.
 * A component that its lock file does not know gets none: then the file as a whole counts.
 */
export function loadCrates(recipes: readonly RecipeModel[], workspace: Workspace): CrateGraph {
  const locks = new Map<string, CargoLock | undefined>();
  const hashes = new Map<string, Set<string>>();
  for (const { component } of recipes) {
    const dir = component?.facts?.workspaceDir;
    if (dir === undefined || dir.startsWith('..') || locks.has(dir)) continue;
    const lock = workspace.parseIfThere(posix.join(dir, 'Cargo.lock'), parseCargoLock)?.lock;
    locks.set(dir, lock);
    for (const found of lock?.packages ?? []) {
      if (found.source === undefined) continue;
      const key = `${found.name}@${found.version}`;
      hashes.set(key, (hashes.get(key) ?? new Set()).add(hashOf(found)));
    }
  }
  const nodeOf = (found: LockedPackage): string => {
    const key = `${found.name}@${found.version}`;
    // One version from two places, such as a registry and a fork, is two crates.
    return `cargo:${key}${hashes.get(key)!.size > 1 ? `#${hashOf(found).slice(0, 8)}` : ''}`;
  };
  const crates = new Map<string, Crate>();
  const edges = new Map<string, readonly [string, string]>();
  const add = ({ packages }: CargoLock, index: number): string => {
    const found = packages[index]!;
    const node = nodeOf(found);
    if (crates.has(node)) return node;
    crates.set(node, { node, name: found.name, version: found.version, hash: hashOf(found) });
    for (const next of found.dependencies) {
      if (packages[next]!.source === undefined) continue;
      const to = add({ packages }, next);
      edges.set(`${node} ${to}`, [node, to]);
    }
    return node;
  };
  for (const { component } of recipes) {
    // A script may build several packages.
    if (component?.builder !== 'cargo' || component.facts === undefined) continue;
    const lock = locks.get(component.facts.workspaceDir);
    if (lock === undefined) continue;
    component.crates = directCratesOf(lock, component.package)?.map((index) => add(lock, index));
  }
  const byName = (a: string, b: string) => (a < b ? -1 : 1);
  return {
    crates: [...crates.values()].sort((a, b) => byName(a.node, b.node)),
    edges: [...edges].sort(([a], [b]) => byName(a, b)).map(([, edge]) => edge),
  };
}

/** The Cargo.lock that says which crates a component is built from; undefined if it comes with a fetched source. */
export function lockFile({ facts }: Component): string | undefined {
  return facts === undefined ? undefined : posix.join(facts.workspaceDir, 'Cargo.lock');
}

/** The same of all components of a system. */
export function lockFiles({ recipes }: SystemModel): string[] {
  const files = recipes.flatMap(({ component }) => (component === undefined ? [] : (lockFile(component) ?? [])));
  return [...new Set(files)].sort();
}
