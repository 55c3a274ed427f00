import type { CreateDependencies } from '@nx/devkit';
import { isDisabled, lastGraphOf } from './create-nodes';
import { edgesBetween } from './edges';
import { readGraph } from './graph';
import { normalizeOptions, type PluginOptions } from './options';

export const createDependencies: CreateDependencies<PluginOptions> = (options, context) => {
  if (isDisabled()) return [];
  const { edges } =
    lastGraphOf(context.workspaceRoot) ??
    readGraph(allFiles(context.fileMap), normalizeOptions(options), context.workspaceRoot);
  return edgesBetween(edges, context.projects, context.externalNodes ?? {});
};

function allFiles({ projectFileMap, nonProjectFiles }: Parameters<CreateDependencies>[1]['fileMap']): string[] {
  return [...nonProjectFiles, ...Object.values(projectFileMap).flat()].map(({ file }) => file);
}
