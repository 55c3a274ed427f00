import { cookbookGraph } from './cookbook/graph';
import { loadCookbook } from './cookbook/load';
import { edgesOf } from './edges';
import type { Graph } from './inferred-graph';
import { loadModel } from './load-model';
import { nodesOf } from './nodes';
import type { NormalizedOptions } from './options';
import type { ToolInputs } from './tool-inputs';
import { checkedFiles, describeProblems } from './warnings';
import type { Workspace } from './workspace';

/**
 * Reads a workspace and makes its graph.
 *
 * @param active the files of the active systems, or of the cookbook.
 */
export function makeGraph(
  active: readonly string[],
  isOfCookbook: boolean,
  options: NormalizedOptions,
  workspace: Workspace,
  tools: ToolInputs,
): Graph {
  if (isOfCookbook) return cookbookGraph(loadCookbook(active, options, workspace), tools);
  const model = loadModel(active, options, workspace);
  return { nodes: nodesOf(model, tools), edges: edgesOf(model), warning: describeProblems(checkedFiles(model)) };
}
