import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import {
  type CargoLock,
  cargoManifestsOf,
  parseCargoLock,
  readCargoFacts,
  type ReadCargoManifest,
  upwards,
} from '@nx-redox/cargo-read';
import { type Recipe, TREE_NAME } from '@nx-redox/recipe/parse';
import { type LoadedRecipe, loadRecipe, ownerOf, type RecipeSource } from '@nx-redox/sources';
import { findTreeFiles } from './tree-files';

/** What doctor reads for one recipe; paths are relative to the workspace root. */
export interface Scope {
  recipe: LoadedRecipe;
  /** The recipe whose source it is: another one for `same_as`. */
  owner: LoadedRecipe;
  source: Exclude<RecipeSource, { kind: 'same-as' }>;
  /** Folder of the source; undefined if there is none, or it was not fetched. */
  folder?: string;
  /** Packages of cargo that it is built from; undefined for all in the source. */
  packages?: string[];
  locks: string[];
  rust: string[];
}

/** Keeps what was read of a tree that many recipes share. */
export class ScopeReader {
  readonly manifest: ReadCargoManifest;

  constructor(readonly workspaceRoot: string) {
    const read = cargoManifestsOf(workspaceRoot);
    const manifests = new Map<string, ReturnType<ReadCargoManifest>>();
    this.manifest = (file) => {
      if (!manifests.has(file)) manifests.set(file, read(file));
      return manifests.get(file);
    };
  }

  readonly #kept = new Map<string, unknown>();

  /** The result of `read`, which is called once for each key. */
  once<T>(key: string, read: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, read());
    return this.#kept.get(key) as T;
  }

  tree(folder: string): ReturnType<typeof findTreeFiles> {
    return this.once(`tree ${folder}`, () => findTreeFiles(this.workspaceRoot, folder));
  }

  /** @throws {UserError} if the recipe has mistakes, or the one whose source it uses. */
  async read(dir: string): Promise<Scope> {
    const recipe = await loadRecipe(this.workspaceRoot, dir);
    const { owner, source } = await ownerOf(this.workspaceRoot, recipe);
    const folder = this.#folderOf(owner, source);
    const scope = { recipe, owner, source, locks: [], rust: [] };
    if (folder === undefined) return scope;
    return { ...scope, folder, ...(this.#cargo(recipe, folder) ?? this.#whole(folder)) };
  }

  #folderOf(owner: LoadedRecipe, source: Scope['source']): string | undefined {
    if (source.kind === 'none') return undefined;
    const folder = source.kind === 'path' ? source.folder : posix.join(owner.dir, TREE_NAME);
    return existsSync(join(this.workspaceRoot, folder)) ? folder : undefined;
  }

  #whole(folder: string): Pick<Scope, 'locks' | 'rust'> {
    const { locks, rust } = this.tree(folder);
    return { locks, rust };
  }

  /** The packages of a recipe that cargo builds, with their path dependencies; undefined if they cannot be told. */
  #cargo({ recipe, name }: LoadedRecipe, folder: string): Pick<Scope, 'packages' | 'locks' | 'rust'> | undefined {
    const names = this.#packages(recipe, name, folder);
    if (names === undefined) return undefined;
    const dirs = new Set<string>();
    const locks = new Set<string>();
    for (const wanted of names) {
      const dir = this.#find(wanted, folder);
      const facts = dir === undefined ? undefined : readCargoFacts(dir, this.manifest).facts;
      if (dir === undefined || facts === undefined) return undefined;
      const lock = this.lockOf(dir);
      if (lock !== undefined) locks.add(lock);
      for (const used of [dir, ...facts.dependencies.map((dependency) => dependency.dir)]) dirs.add(used);
    }
    const rust = [...dirs].flatMap((dir) =>
      existsSync(join(this.workspaceRoot, dir))
        ? this.tree(dir).rust.filter((file) => this.ownerDir(file) === dir)
        : [],
    );
    return { packages: names, locks: [...locks].sort(), rust: [...new Set(rust)].sort() };
  }

  #packages({ build, nx }: Recipe, name: string, folder: string): string[] | undefined {
    if (nx.package !== undefined) return [nx.package];
    if (build?.template !== 'cargo') return undefined;
    if (build.cargopackages?.length) return build.cargopackages;
    const start = posix.join(folder, build.cargopath ?? '.');
    return [this.manifest(posix.join(start, 'Cargo.toml'))?.manifest?.package ?? name];
  }

  #find(name: string, folder: string): string | undefined {
    const file = this.tree(folder).manifests.find((path) => this.manifest(path)?.manifest?.package === name);
    return file === undefined ? undefined : posix.dirname(file);
  }

  /** Folder of the package that a file belongs to; undefined if it is in none. */
  ownerDir(file: string): string | undefined {
    return upwards(posix.dirname(file)).find(
      (dir) => this.manifest(posix.join(dir, 'Cargo.toml'))?.manifest?.package !== undefined,
    );
  }

  /** The lock file that knows a package as one of its workspace; undefined if there is none. */
  lockOf(packageDir: string): string | undefined {
    const name = this.manifest(posix.join(packageDir, 'Cargo.toml'))?.manifest?.package;
    const locks = upwards(packageDir)
      .map((dir) => posix.join(dir, 'Cargo.lock'))
      .filter((file) => existsSync(join(this.workspaceRoot, file)));
    const knows = (file: string) =>
      this.lock(file)?.packages.some((entry) => entry.name === name && entry.source === undefined) === true;
    // One that cannot be read is still the one to complain about.
    return locks.find(knows) ?? locks[0];
  }

  /** Undefined if it cannot be read. */
  lock(file: string): CargoLock | undefined {
    return this.once(`lock ${file}`, () => parseCargoLock(this.text(file), file).lock);
  }

  text(file: string): string {
    return readFileSync(join(this.workspaceRoot, file), 'utf8');
  }
}
