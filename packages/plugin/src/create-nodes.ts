import type { CreateNodes, CreateNodesResultArray } from '@nx/devkit';
import { markEdited, mayAskForEdits } from './cookbook/edited';
import { cookbookFiles, isCookbook } from './cookbook/files';
import { PROJECT_FILES, systemsOf } from './files';
import { readGraph } from './graph';
import type { Graph } from './inferred-graph';
import { refusePlugNPlay } from './plug-n-play';
import { guardTargets } from './target-defaults';
import { foreignNames, isForeign, namingFor, renamed } from './naming';
import { optionsFor, type NormalizedOptions, type PluginOptions } from './options';

/** The kill switch: with this variable the plugin adds nothing, so that a defect in it keeps nobody from working. */
export function isDisabled(): boolean {
  return process.env['NX_REDOX_DISABLE'] === 'true' || process.env['NX_REDOX_DISABLE'] === '1';
}

/** The last graph, for the edges that Nx asks for after the nodes. */
let lastGraph: { workspaceRoot: string; graph: Graph } | undefined;
let lastWarning = '';

export function lastGraphOf(workspaceRoot: string): Graph | undefined {
  return lastGraph?.workspaceRoot === workspaceRoot ? lastGraph.graph : undefined;
}

/** Infers the projects of the active systems. Mistakes in recipes are in the projects; only wrong plugin options throw. */
export async function inferProjects(
  files: readonly string[],
  options: unknown,
  workspaceRoot: string,
): Promise<CreateNodesResultArray> {
  return (await inferGraph(files, options, workspaceRoot)).nodes;
}

/** The graph as Nx sees it, and what it was made of; says what the user should know. */
export async function inferGraph(files: readonly string[], options: unknown, workspaceRoot: string): Promise<Graph> {
  const normalized = optionsFor(files, options);
  if (normalized.explicit || !isCookbook(files)) requireSystems(files, normalized);
  if (normalized.explicitConfigs) requireCheckout(files);
  const inferred = await readGraph(files, normalized, workspaceRoot, setImmediate);
  const naming = namingFor(inferred, normalized, foreignNames(files, workspaceRoot));
  const graph = renamed(inferred, naming);
  lastGraph = { workspaceRoot, graph };
  warn([graph.warning, naming.warning].filter((text) => text !== '').join('\n'));
  return graph;
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

function requireCheckout(files: readonly string[]): void {
  if (isCookbook(files)) return;
  const { recipes, configs } = cookbookFiles(files);
  const [system] = systemsOf(files);
  const lacks = configs.length === 0 ? 'there is no config/*.toml' : 'there is no recipes/**/recipe.toml';
  throw new Error(
    `nx.json, options of @nx-redox/plugin: "configs" is for a checkout of Redox's cookbook, and this is none: ` +
      (configs.length > 0 && recipes.length > 0 ? `recipes/${system} is a system of its own.` : `${lacks}.`) +
      ' Bring the missing folder back (`git checkout -- config recipes`), or take "configs" out.',
  );
}

/** Says a text once: Nx makes the graph again and again in one process. */
function warn(text: string): void {
  if (text !== '' && text !== lastWarning) process.stderr.write(`\n${text}\n`);
  lastWarning = text;
}

export const createNodes: CreateNodes<PluginOptions> = [
  PROJECT_FILES,
  async (files, options, context) => {
    if (isDisabled()) return [];
    refusePlugNPlay();
    if (files.every(isForeign)) return [];
    const { nodes, sources } = await inferGraph(files, options, context.workspaceRoot);
    if (sources !== undefined && sources.length > 0 && mayAskForEdits(process.argv)) {
      await markEdited(context.workspaceRoot, sources);
    }
    return guardTargets(nodes, context.nxJsonConfiguration.targetDefaults);
  },
];
