import type { Arch, Backend } from '@nx-redox/kit';
import type { Kind, System } from '@nx-redox/recipe/parse';
import { backendOf, defaultArch, type RecipeModel } from '../model';
import type { Target } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

/** What is checked, and for which architectures. */
interface Checked {
  project: string;
  arch: Arch;
  backend: Backend;
  kind: Exclude<Kind, 'library'>;
  configurations: Target['configurations'];
}

/** `check-elf`: everything that the rules for ELF files say of what a project has staged, warnings and hints included. */
export function checkElf({ project, configurations, ...options }: Checked, tools: ToolInputs): Target {
  return {
    executor: '@nx-redox/cargo:check-elf',
    cache: true,
    dependsOn: [`build-${options.backend}`],
    inputs: [
      { dependentTasksOutputFiles: '**/artifact.json' },
      { dependentTasksOutputFiles: '**/stage/**' },
      { dependentTasksOutputFiles: '**/debug/**' },
      ...tools('cargo'),
    ],
    options: { ...options, outputPath: distOfEither(project) },
    configurations,
    metadata: { description: 'Checks the programs against all rules for ELF files that boot', technologies: ['rust'] },
  };
}

/** `check-elf` of a component. */
export function checkElfTarget({ name, project, kind }: RecipeModel, system: System, tools: ToolInputs): Target {
  return checkElf(
    {
      project,
      arch: defaultArch(system),
      backend: backendOf(system, name, system.backend.default),
      kind: kind === 'library' ? 'program' : kind,
      configurations: architectureConfigurations(system),
    },
    tools,
  );
}
