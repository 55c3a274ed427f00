import { posix } from 'node:path';
import type { ProjectConfiguration } from '@nx/devkit';
import { BACKENDS } from '@nx-redox/kit';
import { hasErrors } from '@nx-redox/kit/toml';
import { hasSource, type HostModel, isBuilt, TOOLCHAIN_PROJECT, type RecipeModel } from '../model';
import { about, NO_FILES, type Targets } from '../nx';
import { aliasTarget } from '../targets/alias';
import { hostProject } from '../projects/host';
import { brokenDescription, brokenTargets } from '../targets/broken';
import { lintRecipeTarget } from '../targets/lint';
import { toolchainDoctorTarget, installTarget } from '../targets/toolchain';
import type { ToolInputs } from '../tool-inputs';
import { memberCheckTarget, memberTarget } from './member-target';
import type { MemberModel } from './members';
import type { ConfigModel, CookbookModel } from './model';
import { systemTargets, SYSTEM_TARGETS } from './system-targets';
import {
  ARCHITECTURE_NAMES,
  BUILD_INPUTS,
  buildInputs,
  buildTarget,
  defaultBuildTarget,
  fetchAsIsTarget,
  hostBuildTarget,
} from './targets';

/** The Rust that recipes are built with. */
const RUST = '1.95.0';

/** The Nx project of a recipe. */
export function recipeProject(recipe: RecipeModel, model: CookbookModel, tools: ToolInputs): ProjectConfiguration {
  const { diagnostics } = recipe;
  const broken = hasErrors(diagnostics);
  const names = [
    ...(hasSource(recipe) ? ['fetch'] : []),
    ...(isBuilt(recipe) ? ['build', ...BACKENDS.map((backend) => `build-${backend}`)] : []),
  ];
  const targets: Targets = broken ? brokenTargets(names, diagnostics) : {};
  if (!broken) {
    if (hasSource(recipe)) targets['fetch'] = fetchAsIsTarget(recipe);
    if (isBuilt(recipe)) {
      for (const backend of BACKENDS) targets[`build-${backend}`] = buildTarget(recipe, model, backend);
      targets['build'] = defaultBuildTarget(recipe, model);
    }
  }
  const description = brokenDescription(diagnostics) ?? recipe.recipe?.package.description;
  return {
    name: recipe.project,
    root: recipe.dir,
    projectType: 'application',
    tags: ['system:cookbook', ...(broken ? ['broken'] : [])],
    ...(broken || !isBuilt(recipe) ? {} : { namedInputs: { [BUILD_INPUTS]: buildInputs(recipe, model, tools) } }),
    targets: { ...targets, 'lint-recipe': lintRecipeTarget(tools, true) },
    ...(description === undefined ? {} : { metadata: { description } }),
  };
}

/** The Nx project of `host:recipe`: the recipe, built for this machine. */
export function hostRecipeProject(host: HostModel, model: CookbookModel, tools: ToolInputs): ProjectConfiguration {
  const { recipe } = host;
  const { diagnostics } = recipe;
  const broken = hasErrors(diagnostics);
  return {
    ...hostProject(host, model.recipes),
    targets: !isBuilt(recipe)
      ? {}
      : broken
        ? brokenTargets(['build'], diagnostics)
        : { build: hostBuildTarget(recipe, model, tools) },
  };
}

/** The Nx project of a package in the Cargo workspace of a recipe's source. */
export function memberProject(member: MemberModel, model: CookbookModel, tools: ToolInputs): ProjectConfiguration {
  const { owner, package: name, bins, description } = member;
  const targets: Targets = {};
  for (const backend of BACKENDS) targets[`build-${backend}`] = memberTarget(member, backend, tools);
  targets['check-elf'] = memberCheckTarget(member, model.backend, tools);
  targets['build'] = aliasTarget('build', model.backend, [], ARCHITECTURE_NAMES);
  return {
    name: member.project,
    root: member.dir,
    projectType: 'application',
    tags: ['system:cookbook', 'kind:program', `recipe:${owner.name}`],
    targets,
    metadata: {
      description: description ?? `${bins.join(', ')} of recipe ${owner.name}, which installs it`,
      technologies: ['rust', 'redox'],
      owner: owner.project,
      package: name,
    } as ProjectConfiguration['metadata'],
  };
}

/** The Nx project of a config: the system that its packages make. */
export function configProject(config: ConfigModel, model: CookbookModel, tools: ToolInputs): ProjectConfiguration {
  const broken = hasErrors(config.diagnostics);
  const installed = config.variants[0]!.packages.length;
  return {
    name: config.project,
    // No folder of the checkout is the config's alone; nothing is ever written here.
    root: posix.join('config', config.name),
    projectType: 'application',
    tags: [`system:${config.name}`, 'kind:system', ...(broken ? ['broken'] : [])],
    targets: broken ? brokenTargets(SYSTEM_TARGETS, config.diagnostics) : systemTargets(config, model, tools),
    metadata: {
      description:
        brokenDescription(config.diagnostics) ?? `System of ${config.file}: ${installed} packages are installed`,
      technologies: ['redox', 'qemu'],
    },
  };
}

/** The project of the toolchain: specifications and their sysroots are derived where they are needed. */
export function toolchainProject(tools: ToolInputs): ProjectConfiguration {
  return {
    name: TOOLCHAIN_PROJECT,
    root: '.nx-redox/toolchain',
    projectType: 'library',
    tags: ['kind:toolchain'],
    targets: {
      install: installTarget({ rust: RUST }, tools),
      doctor: { ...toolchainDoctorTarget(['qemu-system-aarch64', 'qemu-system-x86_64']), inputs: NO_FILES },
    },
    ...about(`Rust ${RUST} with Cranelift and LLVM`, 'rust'),
  };
}
