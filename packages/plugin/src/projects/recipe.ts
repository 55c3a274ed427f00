import { BACKENDS } from '@nx-redox/kit/target';
import { type Diagnostic, hasErrors } from '@nx-redox/kit/toml';
import type { Kind } from '@nx-redox/recipe/parse';
import {
  backendOf,
  DEPENDENCY_KINDS,
  hasPrograms,
  hasSource,
  isBuilt,
  type RecipeModel,
  type SystemModel,
} from '../model';
import type { Project, Targets } from '../nx';
import { lockFile, lockFiles } from '../crates';
import { systemAlias } from '../targets/alias';
import { brokenDescription, brokenTargets } from '../targets/broken';
import { buildTarget } from '../targets/build';
import { bundleTarget } from '../targets/bundle';
import { checkElfTarget } from '../targets/check-elf';
import { recipeDoctorTarget } from '../targets/abi-doctor';
import { fetchTarget, updateLockTarget } from '../targets/fetch';
import { inspectTarget } from '../targets/inspect';
import { lintRecipeTarget } from '../targets/lint';
import { scriptTarget } from '../targets/script';
import { initfsSizeTarget, sizeTarget } from '../targets/size';
import type { ToolInputs } from '../tool-inputs';

const DESCRIPTIONS: Record<Kind, (name: string, system: string) => string> = {
  kernel: (_, system) => `Kernel of ${system}`,
  bootstrap: (_, system) => `First program of ${system}, which the kernel starts`,
  program: (name, system) => `Program ${name} of ${system}`,
  library: (name, system) => `Library ${name} of ${system}`,
  libc: (_, system) => `C library of ${system}, which its programs are linked with`,
  bootloader: (_, system) => `Boot loader of ${system}`,
  initfs: (_, system) => `Initial file system of ${system}`,
};

/** Tables of system.toml that only the disk and the boot are made from: mistakes there do not keep components from being built. */
const BOOT_TABLES: readonly (string | undefined)[] = ['image', 'stage', 'fail', 'qemu'];

/** Names of a recipe's targets, in groups as `nx show project` lists them. */
function targetGroups(model: RecipeModel, { isCollection }: SystemModel): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  // A collection has thousands of recipes, and each target costs time in every graph.
  if (isCollection) return groups;
  if (model.kind === 'initfs') {
    groups['bundle'] = ['bundle', ...BACKENDS.map((backend) => `bundle-${backend}`)];
    groups['look'] = ['inspect', 'size'];
    return groups;
  }
  if (hasSource(model)) {
    groups['source'] = model.source?.fetchedBy === undefined ? ['fetch'] : ['fetch', 'update-lock'];
    groups['source'].push('doctor');
  }
  if (isBuilt(model)) {
    groups['build'] = ['build', ...BACKENDS.map((backend) => `build-${backend}`)];
    if (hasPrograms(model)) groups['look'] = ['check-elf', 'size'];
  }
  return groups;
}

/** Names in the recipe's lists of dependencies, by kind: edges of Nx have none. */
function dependenciesByKind({ dependencies }: RecipeModel): Record<string, readonly string[]> | undefined {
  if (dependencies.length === 0) return undefined;
  const lists = DEPENDENCY_KINDS.map(
    (kind) => [kind, [...new Set(dependencies.flatMap((entry) => (entry.kind === kind ? entry.text : [])))]] as const,
  );
  return Object.fromEntries(lists.filter(([, names]) => names.length > 0));
}

/** The Nx project of a recipe. */
export function recipeProject(model: RecipeModel, system: SystemModel, tools: ToolInputs): Project {
  const diagnostics: Diagnostic[] = [
    ...model.diagnostics,
    ...system.diagnostics.filter(({ table }) => !BOOT_TABLES.includes(table)),
  ];
  const groups = targetGroups(model, system);
  const broken = hasErrors(diagnostics);
  // A collection has thousands: Nx keeps where each value comes from, so what says nothing is left out.
  const { isCollection } = system;
  const description =
    brokenDescription(diagnostics) ??
    model.recipe?.package.description ??
    model.component?.facts?.description ??
    (isCollection ? undefined : DESCRIPTIONS[model.kind](model.name, system.name));
  const hasKinds = !isCollection || model.dependencies.some(({ kind }) => kind !== 'build');
  const dependencies = hasKinds ? dependenciesByKind(model) : undefined;
  const metadata = {
    ...(description === undefined ? {} : { description }),
    ...(isCollection ? {} : { technologies: isRust(model) ? ['rust', 'redox'] : ['redox'] }),
    ...(Object.keys(groups).length === 0 ? {} : { targetGroups: groups }),
    ...(dependencies === undefined ? {} : { dependencies }),
  };
  return {
    name: model.project,
    root: model.dir,
    projectType: model.kind === 'library' ? 'library' : 'application',
    tags: tagsOf(model, system, broken),
    targets: {
      ...(broken ? brokenTargets(Object.values(groups).flat(), diagnostics) : recipeTargets(model, system, tools)),
      'lint-recipe': lintRecipeTarget(tools, isCollection),
    },
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** What the project can be selected by: the system, its architectures, the kind, and what the recipe says itself. */
function tagsOf({ kind, recipe }: RecipeModel, system: SystemModel, broken: boolean): string[] {
  const own = system.isCollection ? [] : [`kind:${kind}`, ...architectureTags(system)];
  return [...new Set([`system:${system.name}`, ...own, ...(recipe?.nx.tags ?? []), ...(broken ? ['broken'] : [])])];
}

/** One tag for each architecture that a system is for. */
export function architectureTags({ system }: SystemModel): string[] {
  return (system?.architectures ?? []).map((arch) => `arch:${arch}`);
}

function isRust({ recipe }: RecipeModel): boolean {
  return recipe?.build?.template === 'cargo';
}

function recipeTargets(model: RecipeModel, systemModel: SystemModel, tools: ToolInputs): Targets {
  const { recipe, component } = model;
  const { system } = systemModel;
  const targets: Targets = {};
  // Without errors both were read; the types do not know that.
  if (recipe === undefined || system === undefined) return targets;
  const { initfs } = recipe.nx;
  if (initfs !== undefined) {
    for (const backend of BACKENDS)
      targets[`bundle-${backend}`] = bundleTarget(model, recipe, initfs, systemModel, system, backend, tools);
    targets['bundle'] = systemAlias('bundle', system.backend.default, system, lockFiles(systemModel));
    targets['inspect'] = inspectTarget(model, system, tools);
    targets['size'] = initfsSizeTarget(model, systemModel, system, tools);
    return targets;
  }
  if (hasSource(model)) targets['fetch'] = fetchTarget(model, tools);
  if (model.source !== undefined) targets['doctor'] = recipeDoctorTarget(model, systemModel);
  if (model.source?.fetchedBy !== undefined) targets['update-lock'] = updateLockTarget(model);
  if (component === undefined || !isBuilt(model)) return targets;
  for (const backend of BACKENDS) {
    targets[`build-${backend}`] =
      component.builder === 'cargo'
        ? buildTarget(model, component, systemModel, system, backend, tools)
        : scriptTarget(model, component, systemModel, system, backend, tools);
  }
  targets['build'] = systemAlias(
    'build',
    backendOf(system, model.name, system.backend.default),
    system,
    [lockFile(component) ?? []].flat(),
  );
  if (!hasPrograms(model)) return targets;
  targets['check-elf'] = checkElfTarget(model, system, tools);
  targets['size'] = sizeTarget(model, system, tools);
  return targets;
}
