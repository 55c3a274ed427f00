import type { CreateNodesResultArray, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';

/** An input of a target as Nx types it. */
export type InputDefinition = NonNullable<TargetConfiguration['inputs']>[number];
/** Inputs of a target that reads no file of its project: Nx hashes all of them if a target names none, and knows no project without files. */
export const NO_FILES: InputDefinition[] = [{ externalDependencies: [] }];
export type TargetDependency = NonNullable<TargetConfiguration['dependsOn']>[number];
export type Target = TargetConfiguration;
export type Targets = Record<string, Target>;
export type Project = ProjectConfiguration;

/** What `nx show` says of a target. */
export const about = (description: string, ...technologies: string[]) => ({ metadata: { description, technologies } });

/** The same nodes with other projects; external nodes and files stay. */
export function mapProjects(
  nodes: CreateNodesResultArray,
  change: (project: Project) => Project,
): CreateNodesResultArray {
  return nodes.map(([file, { projects, ...rest }]) => {
    if (projects === undefined) return [file, rest];
    const changed = Object.entries(projects).map(([root, project]) => [root, change({ ...project, root })] as const);
    return [file, { ...rest, projects: Object.fromEntries(changed) }];
  });
}
