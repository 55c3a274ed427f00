import { join } from 'node:path';
import { RECIPE_CODE_FOLDER } from '@nx-redox/recipe';
import type { CreateNodes, CreateNodesResultArray } from '@nx/devkit';
import { PROJECT_FILES, systemsOf } from './files';
import { loadModel, Workspace } from './load-model';
import type { Model } from './model';
import { normalizeOptions, type NormalizedOptions, type PluginOptions } from './options';
import { codeFingerprint, ParseCache, workspaceDataDirectory } from './parse-cache';
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
  const projects = model.systems.flatMap((system) => [
    [system.file, systemProject(system, tools)] as const,
    ...system.recipes.map((recipe) => [recipe.file, recipeProject(recipe, system, tools)] as const),
  ]);
  if (model.toolchain !== undefined && model.systems.length > 0) {
    projects.push([model.toolchain.file, toolchainProject(model.toolchain, model.systems, tools)]);
  }
  return projects.map(([file, project]) => [file, { projects: { [project.root]: project } }]);
}

function requireSystems(files: readonly string[], { systems, explicit }: NormalizedOptions): void {
  const found = systemsOf(files);
  const missing = explicit ? systems.find((system) => !found.includes(system)) : undefined;
  if (missing === undefined) return;
  throw new Error(
    `nx.json, options of @nx-redox/plugin: system "${missing}" is not there: recipes/${missing}/system.toml does not exist. ` +
      `Systems of this workspace: ${found.join(', ') || 'none'}.`,
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
