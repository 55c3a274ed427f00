import { join } from 'node:path';
import { CARGO_READ_CODE_FOLDER } from '@nx-redox/cargo-read';
import { COOKBOOK_CODE_FOLDER } from '@nx-redox/cookbook';
import { TOML_CODE_FOLDER } from '@nx-redox/kit/toml';
import { RECIPE_CODE_FOLDER } from '@nx-redox/recipe/parse';
import { codeFingerprint, workspaceDataDirectory } from './cache-file';
import { edgesOf } from './edges';
import { cookbookFiles, isCookbook } from './cookbook/files';
import { cookbookGraph } from './cookbook/graph';
import { loadCookbook } from './cookbook/load';
import { activeFiles } from './files';
import { GraphCache } from './graph-cache';
import { loadModel } from './load-model';
import type { Graph } from './inferred-graph';
import type { Model } from './model';
import { nodesOf } from './nodes';
import type { NormalizedOptions } from './options';
import { ParseCache } from './parse-cache';
import { TOOL_PACKAGES, toolCode, type ToolInputs, type ToolPackage } from './tool-inputs';
import { checkedFiles, describeProblems } from './warnings';
import { Workspace } from './workspace';

/** Folders of the code that graphs are made by. */
const CODE = [TOML_CODE_FOLDER, CARGO_READ_CODE_FOLDER, COOKBOOK_CODE_FOLDER, RECIPE_CODE_FOLDER, __dirname];
function graphOf(model: Model, tools: ToolInputs): Graph {
  return { nodes: nodesOf(model, tools), edges: edgesOf(model), warning: describeProblems(checkedFiles(model)) };
}

let fingerprint: string | undefined;

/**
 * The last graph if nothing changed that it was made from; else a new one, for which only what changed is parsed.
 *
 * @param later runs what can wait: the writing of caches.
 */
export function readGraph(
  files: readonly string[],
  options: NormalizedOptions,
  workspaceRoot: string,
  later: (work: () => void) => void = (work) => work(),
): Graph {
  const codeOfGraph = () => (fingerprint ??= CODE.map(codeFingerprint).join(''));
  const data = workspaceDataDirectory(workspaceRoot);
  const isOfCookbook = !options.explicit && isCookbook(files);
  const active = isOfCookbook ? Object.values(cookbookFiles(files)).flat() : activeFiles(files, options.systems);
  const code = toolCode(workspaceRoot);
  const tools = code.inputs;
  const cache = new GraphCache(join(data, 'nx-redox-graph.json'), () => [
    codeOfGraph(),
    options,
    active,
    Object.keys(TOOL_PACKAGES).map((name) => tools(name as ToolPackage)),
  ]);
  const last = cache.restore<Graph>(workspaceRoot);
  if (last !== undefined) return last;

  const parsed = new ParseCache(join(data, 'nx-redox-recipes.json'), codeOfGraph);
  const workspace = new Workspace(workspaceRoot, parsed);
  const graph = isOfCookbook
    ? cookbookGraph(loadCookbook(active, options, workspace), tools)
    : graphOf(loadModel(active, options, workspace), tools);
  const first = graph.nodes[0]?.[0];
  const installed = code.nodes();
  if (first !== undefined && Object.keys(installed).length > 0) graph.nodes.push([first, { externalNodes: installed }]);
  // Nx may change its nodes; the rest can wait until it has them.
  const text = JSON.stringify(graph);
  later(() => {
    parsed.save();
    cache.save(text, workspace.asked);
  });
  return graph;
}
