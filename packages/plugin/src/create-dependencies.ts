import type { CreateDependencies } from '@nx/devkit';
import { inferGraph, isDisabled, lastGraphOf } from './create-nodes';
import { edgesBetween } from './edges';
import type { PluginOptions } from './options';

export const createDependencies: CreateDependencies<PluginOptions> = async (options, context) => {
  if (isDisabled()) return [];
  const read = () => {
    const files = allFiles(context.fileMap);
    return inferGraph(files, options, context.workspaceRoot);
  };
  const { edges } = lastGraphOf(context.workspaceRoot) ?? (await read());
  return edgesBetween(edges, context.projects, context.externalNodes ?? {});
};

function allFiles({ projectFileMap, nonProjectFiles }: Parameters<CreateDependencies>[1]['fileMap']): string[] {
  return [...nonProjectFiles, ...Object.values(projectFileMap).flat()].map(({ file }) => file);
}
