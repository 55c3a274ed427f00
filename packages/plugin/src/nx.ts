import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';

/** An input of a target as Nx types it. */
export type InputDefinition = NonNullable<TargetConfiguration['inputs']>[number];
export type TargetDependency = NonNullable<TargetConfiguration['dependsOn']>[number];
export type Target = TargetConfiguration;
export type Targets = Record<string, Target>;
export type Project = ProjectConfiguration;
