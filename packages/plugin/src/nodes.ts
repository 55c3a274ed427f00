import type { CreateNodesResultArray, ProjectGraphExternalNode } from '@nx/devkit';
import type { Model } from './model';
import type { Project } from './nx';
import { hostProject } from './projects/host';
import { recipeProject } from './projects/recipe';
import { systemProject } from './projects/system';
import { toolchainProject } from './projects/toolchain';
import type { ToolInputs } from './tool-inputs';

/** The projects and crates of a model, each with the file that it comes from. */
export function nodesOf(model: Model, tools: ToolInputs): CreateNodesResultArray {
  const results: CreateNodesResultArray = [];
  const add = (file: string, project: Project): void =>
    void results.push([file, { projects: { [project.root]: project } }]);
  for (const system of model.systems) {
    add(system.file, systemProject(system, tools));
    for (const recipe of system.recipes) add(recipe.file, recipeProject(recipe, system, tools));
    for (const host of system.hosts) add(host.recipe.file, hostProject(host, system));
  }
  const booting = model.systems.filter(({ isCollection }) => !isCollection);
  // Without any system there is still a machine to be looked at; collections alone are never built.
  if (model.toolchain !== undefined && (booting.length > 0 || model.systems.length === 0)) {
    add(model.toolchain.file, toolchainProject(model.toolchain, booting, tools));
  }
  const first = model.systems[0]?.file;
  if (first !== undefined && model.crates.crates.length > 0)
    results.push([first, { externalNodes: externalNodes(model) }]);
  return results;
}

function externalNodes({ crates }: Model): Record<string, ProjectGraphExternalNode> {
  return Object.fromEntries(
    crates.crates.map(({ node, name, version, hash }) => [
      node,
      { type: 'cargo', name: node as `cargo:${string}`, data: { version, packageName: name, hash } },
    ]),
  );
}
