import type { System } from '@nx-redox/recipe/parse';
import type { OptionsOf, TargetOf } from '../executor-targets';
import { backendOf, defaultArch, type RecipeModel } from '../model';
import { about } from '../nx';
import { distOfEither } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';

type CheckTarget = TargetOf<'@nx-redox/cargo:check-elf'>;

/** What is checked, and for which architectures. */
interface Checked extends Pick<OptionsOf<'@nx-redox/cargo:check-elf'>, 'arch' | 'backend' | 'kind'> {
  project: string;
  configurations: NonNullable<CheckTarget['configurations']>;
}

/** `check-elf`: everything that the rules for ELF files say of what a project has staged, warnings and hints included. */
export function checkElf({ project, configurations, ...options }: Checked, tools: ToolInputs): CheckTarget {
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
    ...about('Checks the programs against all rules for ELF files that boot', 'rust'),
  };
}

/** `check-elf` of a component. */
export function checkElfTarget({ name, project, kind }: RecipeModel, system: System, tools: ToolInputs): CheckTarget {
  return checkElf(
    {
      project,
      arch: defaultArch(system),
      backend: backendOf(system, name, system.backend.default),
      kind: kind === 'kernel' || kind === 'bootstrap' ? kind : 'program',
      configurations: architectureConfigurations(system, onlyArch),
    },
    tools,
  );
}
