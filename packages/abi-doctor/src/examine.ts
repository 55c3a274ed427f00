import { basename, posix } from 'node:path';
import { UserError } from '@nx-redox/kit';
import { recipesBelow } from '@nx-redox/recipe';
import { findRecipes, parseSystem, type System } from '@nx-redox/recipe/parse';
import { readLock } from '@nx-redox/sources';
import type { VersionFinding } from './finding';
import { kernelOfSystem, readKernel, systemOf, type Kernel } from './kernel';
import { checkLock, type Libc, type LockContext } from './lock-rules';
import { ScopeReader, type Scope } from './scope';
import { checkSource, type SourceContext } from './source-rules';
import { RUNTIME } from './table';

/** A finding with the recipe whose source it is in. */
export interface DoctorFinding extends VersionFinding {
  /** Folder of the recipe that it is fixed in: the one that owns the source; relative to the workspace root. */
  recipe: string;
}

export interface DoctorReport {
  recipes: number;
  findings: DoctorFinding[];
  /** Folders of recipes whose source is not there, so that nothing of it was read. */
  notFetched: string[];
  /** The kernel that calls were compared with. */
  kernel?: Kernel;
}

export interface DoctorOptions {
  /** Folder of the kernel's recipe; default: the one that the system.toml above the recipe names. */
  kernel?: string;
}

/** What is known of the system that a recipe belongs to. */
interface SystemFacts {
  kernel?: Kernel;
  system?: System;
  libc?: Libc;
}

/**
 * Looks in lock files and sources of recipes for versions that cannot work together. Nothing is fetched or changed.
 *
 * @param folders of a recipe.toml, or above several; relative to the workspace root.
 * @throws {UserError} if there is no recipe; what is wrong with one recipe is a finding.
 */
export async function examine(
  workspaceRoot: string,
  folders: readonly string[],
  options: DoctorOptions = {},
): Promise<DoctorReport> {
  const dirs = [
    ...new Set(
      folders.flatMap((folder) => recipesBelow(workspaceRoot, trimSlash(folder)).map((file) => posix.dirname(file))),
    ),
  ];
  const reader = new ScopeReader(workspaceRoot);
  const report: DoctorReport = { recipes: dirs.length, findings: [], notFetched: [] };
  const systems = new Map<string, Promise<SystemFacts>>();
  const asked = options.kernel === undefined ? undefined : await readKernel(reader, trimSlash(options.kernel));
  const seen = new Set<string>();
  for (const dir of dirs) {
    let scope: Scope;
    let facts: SystemFacts;
    try {
      scope = await reader.read(dir);
      facts = await factsFor(reader, dir, asked, systems);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report.findings.push(unreadable(error, dir));
      continue;
    }
    if (facts.kernel !== undefined) report.kernel ??= facts.kernel;
    if (scope.folder === undefined) {
      if (scope.source.kind !== 'none') report.notFetched.push(dir);
      continue;
    }
    for (const finding of examineScope(reader, scope, facts)) {
      // Recipes that share a source find the same things in it.
      const { rule, file, line, column } = finding;
      // A crate is replaced for each recipe that is built with it; all else is done in the source that they share.
      const recipe = finding.fix?.kind === 'replace' ? scope.recipe.dir : scope.owner.dir;
      const key = JSON.stringify([rule, file, line, column, recipe]);
      if (!seen.has(key)) report.findings.push({ ...finding, recipe });
      seen.add(key);
    }
  }
  return report;
}

function trimSlash(folder: string): string {
  return posix.normalize(folder).replace(/(?<=.)\/+$/, '');
}

function unreadable(error: UserError, dir: string): DoctorFinding {
  const { message, file = posix.join(dir, 'recipe.toml'), line, column, advice } = error;
  const place = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return {
    rule: 'unreadable',
    severity: 'error',
    message,
    why: 'nothing of this recipe was looked at',
    ...place,
    advice: [...advice],
    recipe: dir,
  };
}

function factsFor(
  reader: ScopeReader,
  dir: string,
  asked: Kernel | undefined,
  known: Map<string, Promise<SystemFacts>>,
): Promise<SystemFacts> {
  const systemDir = systemOf(reader.workspaceRoot, dir);
  const key = systemDir ?? '';
  const found = known.get(key) ?? systemFacts(reader, systemDir, asked);
  known.set(key, found);
  return found;
}

async function systemFacts(
  reader: ScopeReader,
  systemDir: string | undefined,
  asked: Kernel | undefined,
): Promise<SystemFacts> {
  const { workspaceRoot } = reader;
  const kernelDir = systemDir === undefined ? undefined : kernelOfSystem(workspaceRoot, systemDir);
  const kernel = asked ?? (kernelDir === undefined ? undefined : await unlessBroken(readKernel(reader, kernelDir)));
  if (systemDir === undefined) return { kernel };
  const file = posix.join(systemDir, 'system.toml');
  const { system } = parseSystem(reader.text(file), file);
  const name = Object.values(system?.specs ?? {}).find(({ libc }) => libc !== undefined)?.libc;
  const libcDir = findRecipes(workspaceRoot, systemDir)
    .map((recipe) => posix.dirname(recipe))
    .find((dir) => basename(dir) === name);
  const libc = libcDir === undefined ? undefined : await unlessBroken(readLibc(reader, libcDir));
  return { kernel, system, libc };
}

/** @throws {UserError} if the recipe has mistakes. */
async function readLibc(reader: ScopeReader, dir: string): Promise<Libc> {
  const { recipe, folder, owner } = await reader.read(dir);
  const lock = await readLock(owner);
  const manifest = folder === undefined ? undefined : posix.join(folder, RUNTIME.crate, 'Cargo.toml');
  const isThere = manifest !== undefined && reader.manifest(manifest)?.manifest?.package === RUNTIME.crate;
  return {
    recipe: recipe.name,
    ...(lock?.source.kind === 'git' ? { commit: lock.source.commit } : {}),
    ...(isThere ? { runtime: RUNTIME.crate } : {}),
  };
}

/** One bad recipe costs only itself; the others are looked at without what it would tell. */
async function unlessBroken<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
}

function examineScope(reader: ScopeReader, scope: Scope, facts: SystemFacts): VersionFinding[] {
  const { recipe } = scope.recipe;
  const { nx } = recipe;
  const isKernel = recipe.kind === 'kernel';
  const specs = Object.entries(facts.system?.specs ?? {});
  const spec = nx.spec === undefined ? (specs.length === 1 ? specs[0]![1] : undefined) : facts.system?.specs[nx.spec];
  const context: LockContext = {
    packages: scope.packages,
    // A kernel makes no system calls.
    kernel: isKernel ? undefined : facts.kernel?.syscall,
    linksLibc: recipe.kind === 'program' && spec?.libc !== undefined,
    replaced: new Set(Object.values(nx.patch ?? {}).flatMap((crates) => Object.keys(crates))),
    libc: facts.libc,
    heedsPatches: recipe.build?.template === 'cargo',
  };
  const locks = scope.locks.flatMap((file) => checkLock(reader.text(file), file, context));
  if (isKernel) return locks;
  const versions = new Map<string, SourceContext>();
  const rust = scope.rust.flatMap((file) => {
    const dir = reader.ownerDir(file);
    if (dir === undefined) return [];
    if (!versions.has(dir)) versions.set(dir, { ...lockedVersions(reader, dir), kernel: context.kernel });
    return checkSource(reader.text(file), file, versions.get(dir)!);
  });
  return [...locks, ...rust];
}

/** The releases that a package of the workspace is locked to, as far as it names the crates itself. */
function lockedVersions(reader: ScopeReader, dir: string): SourceContext {
  const file = reader.lockOf(dir);
  const name = reader.manifest(posix.join(dir, 'Cargo.toml'))?.manifest?.package;
  const packages = (file === undefined ? undefined : reader.lock(file))?.packages ?? [];
  const own = packages.find((entry) => entry.name === name && entry.source === undefined);
  const versionOf = (crate: string) => {
    const found = own?.dependencies.map((index) => packages[index]!).filter((entry) => entry.name === crate) ?? [];
    // With two of them under different names it cannot be told which one a path means.
    return found.length === 1 ? found[0]!.version : undefined;
  };
  return { syscall: versionOf('redox_syscall'), scheme: versionOf('redox-scheme') };
}
