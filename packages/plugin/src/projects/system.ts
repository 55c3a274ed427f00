import { BACKENDS } from '@nx-redox/kit/target';
import { hasErrors } from '@nx-redox/kit/toml';
import type { SystemModel } from '../model';
import type { Project, Targets } from '../nx';
import { lockFiles } from '../crates';
import { systemAlias } from '../targets/alias';
import { bootTarget, execTarget, runTarget } from '../targets/boot';
import { bootRecipes } from '../targets/boot-recipes';
import { systemDoctorTarget } from '../targets/abi-doctor';
import { imageTarget } from '../targets/image';
import { updateLocksTarget } from '../targets/fetch';
import { lintRecipesTarget } from '../targets/lint';
import { brokenDescription, brokenTargets } from '../targets/broken';
import type { ToolInputs } from '../tool-inputs';
import { architectureTags } from './recipe';

const names = (target: string): string[] => [target, ...BACKENDS.map((backend) => `${target}-${backend}`)];

function targetGroups({ system }: SystemModel): Record<string, string[]> {
  return {
    ...(system?.boot === 'uefi' ? { image: names('image') } : {}),
    boot: [...names('boot'), 'run', ...(system?.shell === undefined ? [] : ['exec'])],
  };
}

/** The Nx project of a system. */
export function systemProject(model: SystemModel, tools: ToolInputs): Project {
  const broken = hasErrors(model.diagnostics);
  const { isCollection } = model;
  const groups = targetGroups(model);
  return {
    name: model.name,
    root: model.dir,
    projectType: 'application',
    tags: [
      `system:${model.name}`,
      `kind:${isCollection ? 'collection' : 'system'}`,
      ...architectureTags(model),
      ...(broken ? ['broken'] : []),
    ],
    targets: {
      ...(broken ? brokenTargets(Object.values(groups).flat(), model.diagnostics) : systemTargets(model, tools)),
      'lint-recipes': lintRecipesTarget(model.dir, tools),
      'update-locks': updateLocksTarget(model.dir),
      doctor: systemDoctorTarget(model),
    },
    metadata: {
      description:
        brokenDescription(model.diagnostics) ??
        (isCollection
          ? `Collection ${model.name}: ${model.recipes.length} recipes`
          : `System ${model.name}: what boots together (${model.recipes.length} recipes)`),
      technologies: isCollection ? ['redox'] : ['redox', 'qemu'],
      ...(isCollection ? {} : { targetGroups: groups }),
    },
  };
}

function systemTargets(model: SystemModel, tools: ToolInputs): Targets {
  const { system } = model;
  const recipes = system === undefined ? undefined : bootRecipes(model, system);
  // Without errors both were found; the types do not know that.
  if (system === undefined || recipes === undefined) return {};
  const targets: Targets = {};
  const { bootloader } = recipes;
  for (const backend of BACKENDS) {
    if (bootloader !== undefined && system.image !== undefined) {
      const image = imageTarget(model, system, system.image, { ...recipes, bootloader }, backend, tools);
      targets[`image-${backend}`] = image;
    }
    targets[`boot-${backend}`] = bootTarget(model, system, recipes, backend, tools);
  }
  const { image } = system;
  return {
    ...targets,
    ...(image === undefined ? {} : { image: systemAlias('image', system.backend.default, system, lockFiles(model)) }),
    boot: systemAlias('boot', system.backend.default, system, lockFiles(model)),
    run: runTarget(model, system, recipes),
    ...(system.shell === undefined ? {} : { exec: execTarget(model, system, recipes) }),
  };
}
