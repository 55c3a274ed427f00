import { basename, dirname, join } from 'node:path';
import { codeFingerprint, workspaceDataDirectory } from './cache-file';
import { cookbookFiles, isCookbook } from './cookbook/files';
import { activeFiles } from './files';
import { GraphCache } from './graph-cache';
import type { Graph } from './inferred-graph';
import type { NormalizedOptions } from './options';
import { TOOL_PACKAGES, toolCode, type ToolPackage } from './tool-inputs';

/** Code of other packages that graphs are made by. */
const OTHERS = ['kit/toml', 'cargo-read', 'cookbook', 'recipe'];

let fingerprint: string | undefined;

/** Hash of the code that graphs are made by; it stands for what it would make, and loads none of it. */
const codeOfGraph = (): string => (fingerprint ??= foldersOfCode().map(codeFingerprint).join(''));

function foldersOfCode(): string[] {
  // Sources where this is one, else what they were compiled to.
  const kind = basename(__dirname);
  const folders = OTHERS.map((path) => {
    const [name, ...rest] = path.split('/');
    return join(dirname(require.resolve(`@nx-redox/${name}/package.json`)), kind, ...rest);
  });
  return [...folders, __dirname];
}

/**
 * The last graph if nothing changed that it was made from; else a new one, for which only what changed is parsed.
 *
 * @param later runs what can wait: the writing of caches.
 */
export async function readGraph(
  files: readonly string[],
  options: NormalizedOptions,
  workspaceRoot: string,
  later: (work: () => void) => void = (work) => work(),
): Promise<Graph> {
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

  // Loading these takes as long as all of the above in a small workspace, and mostly nothing has changed.
  const [{ makeGraph }, { ParseCache }, { Workspace }] = await Promise.all([
    import('./make-graph.js'),
    import('./parse-cache.js'),
    import('./workspace.js'),
  ]);
  const parsed = new ParseCache(join(data, 'nx-redox-recipes.json'), codeOfGraph);
  const workspace = new Workspace(workspaceRoot, parsed);
  const graph = makeGraph(active, isOfCookbook, options, workspace, tools);
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
