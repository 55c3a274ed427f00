import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import {
  parseCargoManifest,
  parseRecipe,
  parseSystem,
  parseToolchain,
  readCargoFacts,
  reportUnbuildable,
  sourceFolder,
  TomlDocument,
  type Diagnostic,
  type Kind,
  type ReadCargoManifest,
  type Recipe,
  type System,
} from '@nx-redox/recipe';
import { checkRecipe, checkSystem } from './checks';
import { filesBySystem, TOOLCHAIN_FILE, type SystemFiles } from './files';
import {
  TOOLCHAIN_PROJECT,
  type CargoComponent,
  type Model,
  type RecipeModel,
  type SystemModel,
  type ToolchainModel,
} from './model';
import type { NormalizedOptions } from './options';
import type { ParseCache } from './parse-cache';

/** Reads files of a workspace once each, and parses them through the cache. */
export class Workspace {
  readonly #texts = new Map<string, string | undefined>();

  constructor(
    readonly root: string,
    readonly cache: ParseCache,
  ) {}

  /** The text of a file, or undefined if it cannot be read. */
  text(file: string): string | undefined {
    if (!this.#texts.has(file)) {
      let text: string | undefined;
      try {
        text = readFileSync(join(this.root, file), 'utf8');
      } catch {
        text = undefined;
      }
      this.#texts.set(file, text);
    }
    return this.#texts.get(file);
  }

  /** Parses a file; one that cannot be read gives a diagnostic and otherwise what an empty one would. */
  parse<T extends { diagnostics: Diagnostic[] }>(file: string, parser: (text: string, file: string) => T): T {
    const text = this.text(file);
    if (text !== undefined) {
      const result = this.cache.get(file, text, () => parser(text, file));
      // Later checks add to the diagnostics; those of the cache stay as they are.
      return { ...result, diagnostics: [...result.diagnostics] };
    }
    return { diagnostics: [{ severity: 'error', message: 'cannot be read', file, advice: [] }] } as unknown as T;
  }

  readonly #manifests = new Map<string, ReturnType<ReadCargoManifest>>();

  /** Reads a Cargo.toml; the one of a workspace is asked for by each of its members. */
  readonly cargoManifest: ReadCargoManifest = (file) => {
    if (!this.#manifests.has(file)) {
      this.#manifests.set(file, this.text(file) === undefined ? undefined : this.parse(file, parseCargoManifest));
    }
    return this.#manifests.get(file);
  };

  /** Adds findings to diagnostics of a file that was parsed before, with their positions in it. */
  document(file: string): TomlDocument {
    return new TomlDocument(this.text(file) ?? '', file);
  }
}

/**
 * Reads everything that projects are made from. Mistakes in files never throw: they are diagnostics of the recipe or
 * system that has them.
 */
export function loadModel(files: readonly string[], options: NormalizedOptions, workspace: Workspace): Model {
  const systems = filesBySystem(files, options.systems)
    .map((found, index) => ({ found, prefix: index === 0 ? '' : `${found.name}-` }))
    .filter(({ found }) => found.system !== undefined)
    .map(({ found, prefix }) => loadSystem(found, prefix, workspace));
  nameProjects(systems);
  const toolchain = files.includes(TOOLCHAIN_FILE) ? loadToolchain(workspace) : undefined;
  if (toolchain === undefined) systems.forEach(missToolchain);
  return { workspaceRoot: workspace.root, systems, toolchain };
}

/** Targets depend on those of the toolchain: without it Nx would refuse to make any task graph. */
function missToolchain(system: SystemModel): void {
  system.diagnostics.push({
    severity: 'error',
    message: 'there is no such file: it says which Rust the systems are built with',
    file: TOOLCHAIN_FILE,
    advice: ['write [toolchain] with rust = "1.95.0" into it'],
  });
}

function loadToolchain(workspace: Workspace): ToolchainModel {
  const { toolchain, diagnostics } = workspace.parse(TOOLCHAIN_FILE, parseToolchain);
  return { file: TOOLCHAIN_FILE, toolchain, diagnostics };
}

function loadSystem(found: SystemFiles, prefix: string, workspace: Workspace): SystemModel {
  const file = found.system!;
  const { system, diagnostics } = workspace.parse(file, parseSystem);
  const model: SystemModel = {
    name: found.name,
    dir: found.dir,
    file,
    prefix,
    system,
    diagnostics,
    recipes: [],
    byName: new Map(),
  };
  model.recipes = found.recipes.map((recipe) => loadRecipe(recipe, model, workspace));
  model.byName = new Map(model.recipes.toReversed().map((recipe) => [recipe.name, recipe]));
  // Names that lead from one file to another are checked when all files are known.
  const systemDocument = workspace.document(file);
  if (system !== undefined) checkSystem(model, system, systemDocument.report);
  diagnostics.push(...systemDocument.diagnostics);
  for (const recipe of model.recipes) {
    if (recipe.recipe === undefined) continue;
    const document = workspace.document(recipe.file);
    checkRecipe(recipe, recipe.recipe, model, workspace.root, document.report);
    recipe.diagnostics.push(...document.diagnostics);
  }
  return model;
}

/** recipe.toml with what this version cannot build, so that both come from the cache. */
function parseBuildableRecipe(text: string, file: string): ReturnType<typeof parseRecipe> {
  const { recipe, diagnostics } = parseRecipe(text, file);
  const document = new TomlDocument(text, file);
  if (recipe !== undefined) reportUnbuildable(recipe, document.report);
  return { recipe, diagnostics: [...diagnostics, ...document.diagnostics] };
}

function loadRecipe(file: string, system: SystemModel, workspace: Workspace): RecipeModel {
  const { recipe, diagnostics } = workspace.parse(file, parseBuildableRecipe);
  const dir = posix.dirname(file);
  const name = posix.basename(dir);
  const kind = recipe?.kind ?? guessKind(name, system.system);
  const model: RecipeModel = { file, diagnostics, name, dir, project: name, kind, recipe, cargo: undefined };
  if (recipe?.build?.template === 'cargo') model.cargo = loadCargo(model, recipe, system, workspace);
  return model;
}

/** What a recipe that cannot be read is for, so that its targets have the right names. */
function guessKind(name: string, system: System | undefined): Kind {
  if (name === system?.initfs) return 'initfs';
  return name === system?.kernel ? 'kernel' : 'program';
}

function stagePathOf(kind: Kind, bin: string): string | undefined {
  if (kind === 'library') return undefined;
  return kind === 'kernel' || kind === 'bootstrap' ? `usr/lib/boot/${kind}` : `usr/bin/${bin}`;
}

function loadCargo(
  model: RecipeModel,
  recipe: Recipe,
  { system }: SystemModel,
  workspace: Workspace,
): CargoComponent | undefined {
  const source = sourceFolder(recipe, model.dir);
  if (source === undefined) return undefined;
  const cargopath = recipe.build?.template === 'cargo' ? recipe.build.cargopath : undefined;
  const { facts, diagnostics } = readCargoFacts(
    posix.join(source, cargopath ?? '.').replace(/\/$/, ''),
    workspace.cargoManifest,
  );
  model.diagnostics.push(...diagnostics);
  if (facts === undefined) return undefined;
  const packageName = recipe.nx.package ?? model.name;
  const bin = recipe.nx.bin ?? packageName;
  const specs = Object.keys(system?.specs ?? {});
  const { 'linker-script': linkerScript } = recipe.nx;
  return {
    facts,
    package: packageName,
    bin,
    spec: recipe.nx.spec ?? (specs.length === 1 ? specs[0]! : ''),
    linkerScript: linkerScript === undefined ? undefined : posix.join(model.dir, linkerScript),
    stagePath: stagePathOf(model.kind, bin),
  };
}

/** Gives each project a name of its own: two of one name would take the whole graph down. */
function nameProjects(systems: readonly SystemModel[]): void {
  const taken = new Map<string, string>([[TOOLCHAIN_PROJECT, 'the project of the toolchain']]);
  for (const system of systems) taken.set(system.name, `the project of system ${system.name}`);
  for (const system of systems) {
    for (const recipe of system.recipes) {
      const wanted = `${system.prefix}${recipe.name}`;
      const owner = taken.get(wanted);
      recipe.project =
        owner === undefined ? wanted : `${system.name}-${posix.relative(system.dir, recipe.dir).replaceAll('/', '-')}`;
      taken.set(recipe.project, recipe.file);
      if (owner === undefined) continue;
      recipe.diagnostics.push({
        severity: 'error',
        message: `the name "${wanted}" is taken by ${owner}`,
        file: recipe.file,
        advice: ['rename the folder of one of the two: it is the name of the recipe'],
      });
    }
  }
}
