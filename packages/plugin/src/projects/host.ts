import type { HostModel, SystemModel } from '../model';
import type { Project } from '../nx';
import { hostFetchTarget } from '../targets/fetch';

/** The Nx project of `host:recipe`. */
export function hostProject({ project, dir, recipe }: HostModel, system: SystemModel): Project {
  return {
    name: project,
    root: dir,
    projectType: 'application',
    tags: [`system:${system.name}`, 'kind:host'],
    // In a collection there is nothing to fetch for.
    ...(system.isCollection ? {} : { targets: { fetch: hostFetchTarget(recipe) } }),
    metadata: { description: `${recipe.name} for the machine that builds ${system.name}` },
  };
}
