import type { System } from '@nx-redox/recipe/parse';
import { backendOf, defaultArch, type RecipeModel } from '../model';
import type { Target } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

/** `check-elf` of a component: everything that the rules for ELF files say of its stage, warnings and hints included. */
export function checkElfTarget(recipe: RecipeModel, system: System, tools: ToolInputs): Target {
  const backend = backendOf(system, recipe.name, system.backend.default);
  return {
    executor: '@nx-redox/cargo:check-elf',
    cache: true,
    dependsOn: [`build-${backend}`],
    inputs: [
      { dependentTasksOutputFiles: '**/artifact.json' },
      { dependentTasksOutputFiles: '**/stage/**' },
      { dependentTasksOutputFiles: '**/debug/**' },
      ...tools('cargo'),
    ],
    options: {
      arch: defaultArch(system),
      backend,
      kind: recipe.kind === 'library' ? 'program' : recipe.kind,
      outputPath: distOfEither(recipe.project),
    },
    configurations: architectureConfigurations(system),
    metadata: { description: 'Checks the programs against all rules for ELF files that boot', technologies: ['rust'] },
  };
}
