import { join } from 'node:path';
import { RECIPE_CODE_FOLDER } from '@nx-redox/recipe';
import type { CreateNodes, CreateNodesResultArray, ProjectGraphExternalNode } from '@nx/devkit';
import { PROJECT_FILES, systemsOf } from './files';
import { loadModel } from './load-model';
import { Workspace } from './workspace';
import type { Model } from './model';
import type { Project } from './nx';
import { normalizeOptions, type NormalizedOptions, type PluginOptions } from './options';
import { codeFingerprint, ParseCache, workspaceDataDirectory } from './parse-cache';
import { hostProject } from './projects/host';
import { recipeProject } from './projects/recipe';
import { systemProject } from './projects/system';
import { toolchainProject } from './projects/toolchain';
import { toolInputs } from './tool-inputs';
import { describeProblems } from './warnings';

/** The kill switch: with this variable the plugin adds nothing, so that a defect in it keeps nobody from working. */
export function isDisabled(): boolean {
  return process.env['NX_REDOX_DISABLE'] === 'true' || process.env['NX_REDOX_DISABLE'] === '1';
}

let parserFingerprint: string | undefined;

/** Reads the model of a workspace, with the parse results of earlier runs. */
export function readModel(files: readonly string[], options: NormalizedOptions, workspaceRoot: string): Model {
  parserFingerprint ??= codeFingerprint(RECIPE_CODE_FOLDER) + codeFingerprint(__dirname);
  const cache = new ParseCache(join(workspaceDataDirectory(workspaceRoot), 'nx-redox-recipes.json'), parserFingerprint);
  const model = loadModel(files, options, new Workspace(workspaceRoot, cache));
  cache.save();
  return model;
}

/** Model of the last graph, for the edges that Nx asks for after the nodes. */
let lastModel: Model | undefined;
let lastWarning = '';

export function modelOfLastNodes(workspaceRoot: string): Model | undefined {
  return lastModel?.workspaceRoot === workspaceRoot ? lastModel : undefined;
}

/** Infers the projects of the active systems. Mistakes in recipes are in the projects; only wrong plugin options throw. */
export function inferProjects(
  files: readonly string[],
  options: unknown,
  workspaceRoot: string,
): CreateNodesResultArray {
  const normalized = normalizeOptions(options);
  requireSystems(files, normalized);
  const model = readModel(files, normalized, workspaceRoot);
  lastModel = model;
  warn(describeProblems(model));
  const tools = toolInputs(workspaceRoot);
  const results: CreateNodesResultArray = [];
  const add = (file: string, project: Project): void =>
    void results.push([file, { projects: { [project.root]: project } }]);
  for (const system of model.systems) {
    add(system.file, systemProject(system, tools));
    for (const recipe of system.recipes) add(recipe.file, recipeProject(recipe, system, tools));
    for (const host of system.hosts) add(host.recipe.file, hostProject(host, system));
  }
  const booting = model.systems.filter(({ isCollection }) => !isCollection);
  if (model.toolchain !== undefined && booting.length > 0) {
    add(model.toolchain.file, toolchainProject(model.toolchain, booting, tools));
  }
  const first = model.systems[0]?.file;
  if (first !== undefined && model.crates.crates.length > 0)
    results.push([first, { externalNodes: externalNodes(model) }]);
  return results;
}

function externalNodes({ crates }: Model): Record<string, ProjectGraphExternalNode> {
  return Object.fromEntries(
    crates.crates.map(({ node, name, version, hash }) => [
      node,
      { type: 'cargo', name: node as `cargo:${string}`, data: { version, packageName: name, hash } },
    ]),
  );
}

function requireSystems(files: readonly string[], { systems, explicit }: NormalizedOptions): void {
  const found = systemsOf(files);
  const missing = explicit ? systems.find((system) => !found.has(system)) : undefined;
  if (missing === undefined) return;
  throw new Error(
    `nx.json, options of @nx-redox/plugin: system "${missing}" is not there: recipes/${missing} has neither a system.toml nor a recipe. ` +
      `Systems of this workspace: ${[...found].sort().join(', ') || 'none'}.`,
  );
}

/** Says a text once: Nx makes the graph again and again in one process. */
function warn(text: string): void {
  if (text !== '' && text !== lastWarning) process.stderr.write(`\n${text}\n`);
  lastWarning = text;
}

export const createNodes: CreateNodes<PluginOptions> = [
  PROJECT_FILES,
  (files, options, context) => (isDisabled() ? [] : inferProjects(files, options, context.workspaceRoot)),
];
