import type { Arch, Backend } from '@nx-redox/common';
import type { CargoFacts, Diagnostic, Kind, Recipe, System, Toolchain } from '@nx-redox/recipe';

/** A file that was read, with everything wrong with it: mistakes of its own, and names in it that lead nowhere. */
export interface Checked {
  /** Relative to the workspace root, with `/`. */
  file: string;
  diagnostics: Diagnostic[];
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
  recipe: Recipe | undefined;
  /** What cargo will build; undefined if the recipe is not built with cargo, or nothing can be known of it. */
  cargo: CargoComponent | undefined;
}

/** What is needed to build a component with cargo. Paths are relative to the workspace root. */
export interface CargoComponent {
  facts: CargoFacts;
  package: string;
  bin: string;
  /** Name of the spec in system.toml. */
  spec: string;
  linkerScript: string | undefined;
  /** Where the program is in the component's stage; undefined for a library, which stages nothing. */
  stagePath: string | undefined;
}

/** A system of the workspace: one Nx project, and one for each of its recipes. */
export interface SystemModel extends Checked {
  /** Name of the folder below `recipes/`, and of the Nx project. */
  name: string;
  dir: string;
  /** What the names of projects and specs of this system begin with: nothing for the first system. */
  prefix: string;
  system: System | undefined;
  recipes: RecipeModel[];
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

/** The architecture that is built if no configuration is named. */
export function defaultArch(system: System): Arch {
  return system.architectures.includes('aarch64') ? 'aarch64' : system.architectures[0]!;
}

export function recipeNamed(system: SystemModel, name: string): RecipeModel | undefined {
  return system.byName.get(name);
}
