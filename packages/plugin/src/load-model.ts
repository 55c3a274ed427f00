import { posix } from 'node:path';
import { type CargoFacts, type OutsideFiles, outsideFiles, readCargoFacts } from '@nx-redox/cargo-read';
import type { Diagnostic } from '@nx-redox/kit/toml';
import {
  builderOfFacts,
  INPUTS_NAME,
  parseInputs,
  type Kind,
  parseSystem,
  parseToolchain,
  type RecipeFacts,
  type System,
  TREE_NAME,
} from '@nx-redox/recipe/parse';
import { checkRecipe, checkSystem } from './checks';
import { loadCrates } from './crates';
import { hostRecipes, reportCycles, resolveDependencies, type Advice } from './dependencies';
import { filesBySystem, TOOLCHAIN_FILE, type SystemFiles } from './files';
import {
  TOOLCHAIN_PROJECT,
  linkerScripts,
  type Component,
  type Model,
  type RecipeModel,
  type SystemModel,
  type ToolchainModel,
} from './model';
import { BOOT_FILES } from './paths';
import type { NormalizedOptions } from './options';
import { NO_SHAPE, type Shape, shapeOf } from './shape';
import { findSource, noteSharers, parseRecipeFacts } from './sources';
import type { Workspace } from './workspace';

/**
 * Reads everything that projects are made from. Mistakes in files never throw: they are diagnostics of the recipe or
 * system that has them.
 */
export function loadModel(files: readonly string[], options: NormalizedOptions, workspace: Workspace): Model {
  const systems = filesBySystem(files, options.systems)
    .map((found, index) => ({ found, prefix: index === 0 ? '' : `${found.name}-` }))
    .filter(({ found }) => found.system !== undefined || found.recipes.length > 0)
    .map(({ found, prefix }) => loadRecipes(found, prefix, workspace));
  nameProjects(systems);
  noteSharers(systems);
  const toolchain = files.includes(TOOLCHAIN_FILE) ? loadToolchain(workspace) : undefined;
  if (toolchain === undefined) systems.filter(({ isCollection }) => !isCollection).forEach(missToolchain);
  const crates = loadCrates(
    systems.flatMap(({ recipes }) => recipes),
    workspace,
  );
  return { workspaceRoot: workspace.root, systems, toolchain, crates };
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

/**
 * Reads the recipes of a folder, and its system.toml if there is one, and checks the names that lead from one file to
 * another.
 */
export function loadRecipes(found: SystemFiles, prefix: string, workspace: Workspace): SystemModel {
  const { system, diagnostics } =
    found.system === undefined
      ? { system: undefined, diagnostics: [] as Diagnostic[] }
      : workspace.parse(found.system, parseSystem);
  const model: SystemModel = {
    name: found.name,
    dir: found.dir,
    file: found.system ?? found.recipes[0]!,
    prefix,
    system,
    isCollection: found.system === undefined,
    diagnostics,
    recipes: [],
    shape: shapeOf(
      (system?.image?.files ?? []).flatMap(({ from }) =>
        from.path === undefined || from.recipe !== undefined ? [] : posix.join(found.dir, from.path),
      ),
      workspace,
    ),
    hosts: [],
    byName: new Map(),
  };
  model.recipes = found.recipes.map((recipe) => loadRecipe(recipe, model, workspace));
  model.byName = new Map(model.recipes.toReversed().map((recipe) => [recipe.name, recipe]));
  // Names that lead from one file to another are checked when all files are known.
  if (system !== undefined) checkSystem(model, system, workspace.reporter(model.file, diagnostics));
  const reporters = new Map(
    model.recipes.map((recipe) => [recipe, workspace.reporter(recipe.file, recipe.diagnostics)]),
  );
  const advice: Advice = new Map();
  for (const recipe of model.recipes) {
    const report = reporters.get(recipe)!;
    recipe.dependencies = resolveDependencies(recipe, model, advice, report);
    if (recipe.recipe !== undefined)
      checkRecipe({ model: recipe, recipe: recipe.recipe, system: model, workspace, report });
  }
  model.hosts = hostRecipes(model.recipes).map((recipe) => ({
    recipe,
    project: '',
    dir: posix.join(recipe.dir, 'target/host'),
  }));
  reportCycles(model.recipes, model.hosts, (recipe) => reporters.get(recipe)!);
  return model;
}

function loadRecipe(file: string, system: SystemModel, workspace: Workspace): RecipeModel {
  const { recipe, diagnostics } = workspace.parse(file, parseRecipeFacts);
  const dir = posix.dirname(file);
  const name = posix.basename(dir);
  const kind = recipe?.kind ?? guessKind(name, system.system);
  const model: RecipeModel = {
    file,
    diagnostics,
    name,
    dir,
    project: name,
    kind,
    recipe,
    dependencies: [],
    source: undefined,
    shape: NO_SHAPE,
    component: undefined,
    sourceOwner: undefined,
    sharedBy: [],
  };
  // In a collection nothing is built: only a source that lies there may have mistakes.
  const isFetched = recipe?.source?.kind === 'git' || recipe?.source?.kind === 'tar';
  if (recipe !== undefined && !(system.isCollection && isFetched)) {
    model.source = findSource(model, recipe, workspace);
    model.component = loadComponent(model, recipe, system, workspace);
    if (model.component !== undefined && !system.isCollection) {
      model.component.reads = readsOf(model, recipe, model.component, system, workspace);
      model.component.repositories = repositoriesOf(model, model.component, workspace);
    }
    if (!system.isCollection) model.shape = shapeOfRecipe(model, system, workspace);
  }
  return model;
}

/** What a recipe that cannot be read is for, so that its targets have the right names. */
function guessKind(name: string, system: System | undefined): Kind {
  if (name === system?.initfs) return 'initfs';
  return name === system?.kernel ? 'kernel' : 'program';
}

function stagePathOf(kind: Kind, bin: string): string | undefined {
  if (kind === 'library' || kind === 'libc') return undefined;
  return kind === 'kernel' || kind === 'bootstrap' || kind === 'bootloader' ? BOOT_FILES[kind] : `usr/bin/${bin}`;
}

const NO_READS: OutsideFiles = { files: [], folders: [] };

/**
 * What a build reads outside the folders of its crates. A fetched source counts by its lock, which knows the same of it.
 */
function readsOf(
  model: RecipeModel,
  recipe: RecipeFacts,
  component: Component,
  system: SystemModel,
  workspace: Workspace,
): OutsideFiles {
  const { source, dir } = model;
  const { facts } = component;
  const inPlace = source === undefined || source.fetchedBy !== undefined ? undefined : source.folder;
  const found =
    inPlace === undefined || inPlace.startsWith('..')
      ? NO_READS
      : outsideFiles(
          {
            crates: facts === undefined ? [inPlace] : cratesOf(facts),
            workspaceDir: facts?.workspaceDir ?? inPlace,
            scripts: linkerScripts(model, component, system),
            flags: recipe.nx.rustflags ?? [],
          },
          workspace.code,
        );
  const linked = shapeOf([dir], workspace, fetchedOf(dir)).targets;
  const named = (recipe.nx.inputs ?? []).map((path) => posix.join(dir, path).replace(/\/+$/, ''));
  const seen = workspace.parseIfThere(posix.join(dir, INPUTS_NAME), (text) => ({
    paths: parseInputs(text),
    diagnostics: [] as Diagnostic[],
  }));
  const files = new Set(found.files);
  const folders = new Set(found.folders);
  for (const path of [...named, ...linked, ...(seen?.paths ?? [])]) {
    if (workspace.code.kind(path) === 'folder') folders.add(path);
    else files.add(path);
  }
  return { files: [...files].sort(), folders: [...folders].sort() };
}

/** What Nx does not hash of the files that a recipe is built from. */
function shapeOfRecipe(model: RecipeModel, system: SystemModel, workspace: Workspace): Shape {
  const { dir, source, component } = model;
  const paths = [dir];
  if (component !== undefined) {
    paths.push(...component.reads.folders, ...component.reads.files, ...linkerScripts(model, component, system));
    if (source !== undefined && source.fetchedBy === undefined) {
      paths.push(...(component.facts === undefined ? [source.folder] : cratesOf(component.facts)));
    }
  }
  return shapeOf(paths, workspace, fetchedOf(dir));
}

/** True for what a recipe fetches into its folder: that counts by its lock, and the graph is the same without it. */
function fetchedOf(dir: string): (path: string) => boolean {
  return (path) => path === posix.join(dir, TREE_NAME) || path.startsWith(`${dir}/.source`);
}

/** Folders below the workspace's root that are repositories of their own, submodules as well, and hold files of a build. */
function repositoriesOf(model: RecipeModel, component: Component, workspace: Workspace): string[] {
  const { source, dir } = model;
  const folders = [dir, ...component.reads.folders, ...component.reads.files.map((file) => posix.dirname(file))];
  if (source !== undefined && source.fetchedBy === undefined) {
    folders.push(...(component.facts === undefined ? [source.folder] : cratesOf(component.facts)));
  }
  const found = new Set<string>();
  for (const folder of folders) {
    for (let at = folder; at !== '.' && at !== '/' && !at.startsWith('..'); at = posix.dirname(at)) {
      if (!found.has(at) && workspace.exists(posix.join(at, '.git'))) found.add(at);
    }
  }
  for (const at of workspace.repositories) if (folders.some((folder) => at.startsWith(`${folder}/`))) found.add(at);
  return [...found].sort();
}

/** Folders of a package and of all that it reaches by paths. */
function cratesOf({ manifest, dependencies }: CargoFacts): string[] {
  return [posix.dirname(manifest), ...dependencies.map((dependency) => dependency.dir)];
}

function loadComponent(
  model: RecipeModel,
  recipe: RecipeFacts,
  { system }: SystemModel,
  workspace: Workspace,
): Component | undefined {
  const { build, nx } = recipe;
  const builder = build === undefined ? undefined : builderOfFacts(build);
  if (builder === undefined) return undefined;
  const { source } = model;
  let facts: CargoFacts | undefined;
  let crateDir: string | undefined;
  if (build?.template === 'cargo') {
    if (source === undefined) return undefined;
    crateDir = posix.join(source.folder, build.cargopath ?? '.').replace(/\/$/, '');
    // What is not fetched yet is not read when it is: the graph is the same before and after.
    if (source.fetchedBy === undefined) {
      const read = readCargoFacts(crateDir, workspace.cargoManifest);
      model.diagnostics.push(...read.diagnostics);
      if (read.facts === undefined) return undefined;
      facts = read.facts;
    }
  }
  const specs = Object.keys(system?.specs ?? {});
  const linkerScript = nx['linker-script'];
  // The script of a source from elsewhere is there, wherever that is: the recipe that it belongs to may fetch it or name a folder.
  const start = recipe.source?.kind === 'path' ? model.dir : (crateDir ?? source?.folder ?? model.dir);
  const common = {
    facts,
    spec: nx.spec ?? (specs.length === 1 ? specs[0]! : ''),
    linkerScript: linkerScript === undefined ? undefined : posix.join(start, linkerScript),
    crates: undefined,
    reads: NO_READS,
    repositories: [],
  };
  if (builder === 'script' || crateDir === undefined) {
    // A kernel is looked for where the boot needs it; of other programs nobody knows the names.
    const stagePath = model.kind === 'program' ? undefined : stagePathOf(model.kind, '');
    return { builder: 'script', ...common, stagePath };
  }
  const packageName = nx.package ?? model.name;
  const bin = nx.bin ?? packageName;
  const manifest = posix.join(crateDir, 'Cargo.toml');
  return { builder, ...common, manifest, package: packageName, bin, stagePath: stagePathOf(model.kind, bin) };
}

/**
 * Gives each project a name of its own: two of one name would take the whole graph down.
 *
 * @param named those of the systems that are projects themselves.
 */
export function nameProjects(systems: readonly SystemModel[], named: readonly SystemModel[] = systems): void {
  const taken = new Map<string, string>([[TOOLCHAIN_PROJECT, 'the project of the toolchain']]);
  // Nx keeps projects in plain objects, where these are something else.
  for (const name of Object.getOwnPropertyNames(Object.prototype)) taken.set(name, 'JavaScript');
  for (const system of named) taken.set(system.name, `the project of system ${system.name}`);
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
    // A recipe has no "@" in its name unless somebody wants the two to clash.
    for (const host of system.hosts) {
      host.project = `${host.recipe.project}@host`;
      while (taken.has(host.project)) host.project += '-';
      taken.set(host.project, host.recipe.file);
    }
  }
}
