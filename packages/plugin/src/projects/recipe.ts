import type { Backend } from '@nx-redox/common';
import { hasErrors, sourceFolder, type Diagnostic, type Kind } from '@nx-redox/recipe';
import { backendOf, type RecipeModel, type SystemModel } from '../model';
import type { Project, Targets } from '../nx';
import { aliasTarget } from '../targets/alias';
import { brokenDescription, brokenTargets } from '../targets/broken';
import { buildTarget } from '../targets/build';
import { bundleTarget } from '../targets/bundle';
import { fetchTarget } from '../targets/fetch';
import type { ToolInputs } from '../tool-inputs';

const BACKENDS: readonly Backend[] = ['cranelift', 'llvm'];

const DESCRIPTIONS: Record<Kind, (name: string, system: string) => string> = {
  kernel: (_, system) => `Kernel of ${system}`,
  bootstrap: (_, system) => `First program of ${system}, which the kernel starts`,
  program: (name, system) => `Program ${name} of ${system}`,
  library: (name, system) => `Library ${name} of ${system}`,
  initfs: (_, system) => `Initial file system of ${system}`,
};

/** Tables of system.toml that only the boot is made from: mistakes there do not keep components from being built. */
const BOOT_TABLES: readonly (string | undefined)[] = ['stage', 'fail', 'qemu'];

/** Names of a recipe's targets, in groups as `nx show project` lists them. */
function targetGroups({ kind, recipe }: RecipeModel): Record<string, string[]> {
  if (kind === 'initfs') return { bundle: ['bundle', ...BACKENDS.map((backend) => `bundle-${backend}`)] };
  if (kind === 'library') return { source: ['fetch'] };
  return recipe?.build?.template !== 'none'
    ? { source: ['fetch'], build: ['build', ...BACKENDS.map((backend) => `build-${backend}`)] }
    : {};
}

/** The Nx project of a recipe. */
export function recipeProject(model: RecipeModel, system: SystemModel, tools: ToolInputs): Project {
  const diagnostics: Diagnostic[] = [
    ...model.diagnostics,
    ...system.diagnostics.filter(({ table }) => !BOOT_TABLES.includes(table)),
  ];
  const groups = targetGroups(model);
  const broken = hasErrors(diagnostics);
  const description =
    model.recipe?.package.description ??
    model.cargo?.facts.description ??
    DESCRIPTIONS[model.kind](model.name, system.name);
  return {
    name: model.project,
    root: model.dir,
    projectType: model.kind === 'library' ? 'library' : 'application',
    tags: [`system:${system.name}`, `kind:${model.kind}`, ...(broken ? ['broken'] : [])],
    targets: broken ? brokenTargets(Object.values(groups).flat(), diagnostics) : recipeTargets(model, system, tools),
    metadata: {
      description: brokenDescription(diagnostics) ?? description,
      technologies: model.cargo === undefined ? ['redox'] : ['rust', 'redox'],
      targetGroups: groups,
    },
  };
}

function recipeTargets(model: RecipeModel, systemModel: SystemModel, tools: ToolInputs): Targets {
  const { recipe, cargo, kind } = model;
  const { system } = systemModel;
  const targets: Targets = {};
  // Without errors both were read; the types do not know that.
  if (recipe === undefined || system === undefined) return targets;
  if (kind === 'initfs') {
    for (const backend of BACKENDS)
      targets[`bundle-${backend}`] = bundleTarget(model, recipe, systemModel, system, backend, tools);
    targets['bundle'] = aliasTarget('bundle', system.backend.default, system);
    return targets;
  }
  if (recipe.build?.template !== 'none') targets['fetch'] = fetchTarget(model, sourceFolder(recipe, model.dir), tools);
  if (cargo === undefined || kind === 'library') return targets;
  for (const backend of BACKENDS)
    targets[`build-${backend}`] = buildTarget(model, cargo, systemModel, system, backend, tools);
  targets['build'] = aliasTarget('build', backendOf(system, model.name, system.backend.default), system);
  return targets;
}
