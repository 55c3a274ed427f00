import type { CargoFacts, OutsideFiles } from '@nx-redox/cargo-read';
import type { Arch, Backend } from '@nx-redox/kit';
import type { Diagnostic, KeyPath } from '@nx-redox/kit/toml';
import { builderOfFacts, type Kind, type RecipeFacts, type System, type Toolchain } from '@nx-redox/recipe/parse';
import type { Shape } from './shape';

/** A file that was read, with everything wrong with it: mistakes of its own, and names in it that lead nowhere. */
export interface Checked {
  /** Relative to the workspace root, with `/`. */
  file: string;
  diagnostics: Diagnostic[];
}

/** When a dependency is needed: to build, to build but not by what depends on the result, or at run time. */
export const DEPENDENCY_KINDS = ['build', 'dev', 'package'] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];

/** An entry of one of a recipe's lists of dependencies whose recipe is there. */
export interface RecipeDependency {
  kind: DependencyKind;
  /** As it is written in recipe.toml. */
  text: string;
  recipe: RecipeModel;
  machine: 'host' | 'target' | undefined;
  path: KeyPath;
}

/** A crate from a registry or a git repository: an external node of Nx's graph. */
export interface Crate {
  /** `cargo:name@version` */
  node: string;
  name: string;
  version: string;
  /** Checksum or commit: what Nx hashes. */
  hash: string;
}

/** The crates that the components of the systems are made from, and which of them needs which. */
export interface CrateGraph {
  crates: Crate[];
  edges: (readonly [from: string, to: string])[];
}

/** A recipe of an active system: one Nx project. */
export interface RecipeModel extends Checked {
  /** Name of the folder, which is the recipe's name. */
  name: string;
  dir: string;
  /** Name of the Nx project. */
  project: string;
  kind: Kind;
  /** Undefined if recipe.toml is no TOML. */
  recipe: RecipeFacts | undefined;
  /** Entries of its lists of dependencies, as far as there are such recipes. */
  dependencies: RecipeDependency[];
  /** Undefined if there is none, or it leads nowhere. */
  source: SourceModel | undefined;
  /** What of its files Nx does not hash. */
  shape: Shape;
  /** How it is built; undefined if nothing is to be built, or nothing can be known of it. */
  component: Component | undefined;
  /** The recipe whose source it uses (`same_as`), if that is in the graph; undefined for a source of its own. */
  sourceOwner: RecipeModel | undefined;
  /** The other way round: recipes that use the source of this one. */
  sharedBy: RecipeModel[];
}

/** Where the files are that a recipe is built from. Paths are relative to the workspace root. */
export interface SourceModel {
  folder: string;
  /** Folder of the recipe that says where the source is: this one, or that at the end of `same_as`. */
  owner: string;
  /** That recipe, if it fetches the source; undefined if the folder is used in place. */
  fetchedBy: { file: string; patches: readonly string[]; env?: readonly string[] } | undefined;
}

/** What is needed to build a component. Paths are relative to the workspace root. */
interface ComponentBase {
  /** What Cargo.toml says; undefined if it is not there before the source is fetched, or cargo builds nothing. */
  facts: CargoFacts | undefined;
  /** Name of the spec in system.toml; empty if nothing says which. */
  spec: string;
  /** May have `{arch}` in it. */
  linkerScript: string | undefined;
  /**
   * Nodes of the crates from elsewhere that it names itself or through path dependencies; undefined if no Cargo.lock of
   * this workspace tells.
   */
  crates: string[] | undefined;
  /** Where the program is in the component's stage; undefined if there is none, or a script decides. */
  stagePath: string | undefined;
  /** What is read outside the folders of its crates: found in the sources, named by the recipe, seen by earlier builds. */
  reads: OutsideFiles;
  /** Git repositories inside the workspace's own that its files are in: git names only these folders when they change. */
  repositories: string[];
}

/** One program of a cargo package. */
export interface CargoComponent extends ComponentBase {
  builder: 'cargo';
  manifest: string;
  package: string;
  bin: string;
}

/** What a script stages. */
export interface ScriptComponent extends ComponentBase {
  builder: 'script';
}

export type Component = CargoComponent | ScriptComponent;

/** A recipe that others need on the machine that builds (`host:recipe`): an Nx project of its own. */
export interface HostModel {
  recipe: RecipeModel;
  /** Name of the Nx project: `<recipe>@host`, since a colon separates projects from targets. */
  project: string;
  /** The folder in which its results would be; nothing of the recipe's own files may be there. */
  dir: string;
}

/** A system of the workspace: one Nx project, and one for each of its recipes. */
export interface SystemModel extends Checked {
  /** Name of the folder below `recipes/`, and of the Nx project. */
  name: string;
  dir: string;
  /** What the names of projects and specs of this system begin with: nothing for the first system. */
  prefix: string;
  /** Undefined if system.toml cannot be read, and for a collection. */
  system: System | undefined;
  /** A folder of recipes without system.toml: nothing that boots, so its recipes are compiled for nothing. */
  isCollection: boolean;
  recipes: RecipeModel[];
  /** What Nx does not hash of the files that its disk is made from. */
  shape: Shape;
  hosts: HostModel[];
  /** The same by name; of two with one name the first. */
  byName: ReadonlyMap<string, RecipeModel>;
}

export interface ToolchainModel extends Checked {
  toolchain: Toolchain | undefined;
}

/** Everything that the projects are made from. */
export interface Model {
  workspaceRoot: string;
  systems: SystemModel[];
  toolchain: ToolchainModel | undefined;
  crates: CrateGraph;
}

export const TOOLCHAIN_PROJECT = 'toolchain';

/** Name of a spec among those of all systems. */
export function specId(system: SystemModel, spec: string): string {
  return `${system.prefix}${spec}`;
}

/** The backend that `component` is built with when the system is built with `wanted`: system.toml may make exceptions. */
export function backendOf(system: System, component: string, wanted: Backend): Backend {
  return wanted === system.backend.default ? (system.backend.exceptions[component]?.use ?? wanted) : wanted;
}

/** Crates of a component that another backend compiles when it is built with `backend`, the system's default. */
export function crateBackendsOf(system: System, component: string, backend: Backend): Record<string, Backend> {
  return backend === system.backend.default ? (system.backend.exceptions[component]?.crates ?? {}) : {};
}

/** The recipe that programs of a spec are linked with; undefined if there is none, or it is the component itself. */
export function libcOf(model: SystemModel, component: RecipeModel): RecipeModel | undefined {
  const libc = model.system?.specs[component.component?.spec ?? '']?.libc;
  const recipe = libc === undefined ? undefined : recipeNamed(model, libc);
  return recipe === component || component.kind === 'libc' ? undefined : recipe;
}

/** True if what is built is an ELF file that the target runs. */
export function hasPrograms({ kind }: RecipeModel): boolean {
  return kind !== 'libc' && kind !== 'bootloader';
}

/** The architecture that is built if no configuration is named. */
export function defaultArch(system: System): Arch {
  return system.architectures.includes('aarch64') ? 'aarch64' : system.architectures[0]!;
}

export function recipeNamed(system: SystemModel, name: string): RecipeModel | undefined {
  return system.byName.get(name);
}

/** True if there are targets that build the recipe, or would be if its files had no mistakes. */
export function isBuilt({ kind, recipe }: RecipeModel): boolean {
  const builder = recipe?.build === undefined ? undefined : builderOfFacts(recipe.build);
  if (kind === 'initfs' || kind === 'library') return kind === 'library' && builder === 'script';
  // A broken recipe keeps its targets, which say what is wrong with it.
  return recipe?.build === undefined || builder !== undefined;
}

/** True if there is a source to make ready; a recipe that cannot be read may have one. */
export function hasSource({ recipe }: RecipeModel): boolean {
  return recipe === undefined || recipe.source !== undefined;
}

/** Linker scripts of a component, one for each architecture, that are files of this workspace and not of a fetched source. */
export function linkerScripts({ source }: RecipeModel, { linkerScript }: Component, { system }: SystemModel): string[] {
  if (linkerScript === undefined) return [];
  if (source?.fetchedBy !== undefined && linkerScript.startsWith(`${source.folder}/`)) return [];
  const arches = system?.architectures ?? [];
  return [...new Set(arches.map((arch) => linkerScript.replaceAll('{arch}', arch)))];
}
