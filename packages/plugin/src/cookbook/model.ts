import type { Arch, Backend, Fallback } from '@nx-redox/kit';
import type { Checked, RecipeModel, SystemModel } from '../model';
import type { MemberModel } from './members';
import type { Login } from '@nx-redox/redox';

/** What is installed on one architecture. */
export interface ConfigVariant {
  arch: Arch;
  /** The config file that counts for this architecture, relative to the workspace root. */
  file: string;
  /** All files that it is read from: itself and what it includes. */
  files: readonly string[];
  /** Recipes whose stages are installed, those that others need before them. */
  packages: readonly RecipeModel[];
  /** Recipes with which those are built, and which are installed only if a program needs a shared library of theirs. */
  libraries: readonly RecipeModel[];
  /** The disk has a boot loader, and is booted by it. */
  bootloader: RecipeModel | undefined;
}

/** A config of the cookbook: one Nx project, the system that its packages make. */
export interface ConfigModel extends Checked {
  name: string;
  /** Name of the Nx project: that of the config, with `-system` if a recipe has it. */
  project: string;
  variants: readonly ConfigVariant[];
  /** Who logs in at the end of a boot: the config's root, or its first user. */
  login: Login;
}

/** A checkout of the cookbook. */
export interface CookbookModel {
  workspaceRoot: string;
  /** All recipes, as the collection that they are. */
  recipes: SystemModel;
  /** Owners of sources that are there; the others are fetched first. */
  present: ReadonlySet<RecipeModel>;
  members: readonly MemberModel[];
  configs: readonly ConfigModel[];
  /** The recipe whose stage holds the C library. */
  libc: RecipeModel | undefined;
  backend: Backend;
  fallback: Fallback;
  /** What builds read elsewhere, and variables of the user that they get, by recipe. */
  inputs: Readonly<Record<string, readonly string[]>>;
  env: Readonly<Record<string, readonly string[]>>;
}
