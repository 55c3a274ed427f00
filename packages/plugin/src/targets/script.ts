import { type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import { buildDependenciesOf } from '../dependencies';
import type { TargetOf } from '../executor-targets';
import {
  backendOf,
  defaultArch,
  isBuilt,
  TOOLCHAIN_PROJECT,
  type RecipeModel,
  type ScriptComponent,
  type SystemModel,
} from '../model';
import { about } from '../nx';
import { asOutput, distOf, stageOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations, onlyArch } from './architectures';
import { buildDependencies } from './bundle';
import { libcBuild } from './libc';
import { sourceInputs, variableInputs } from './source-inputs';

/** `build-cranelift` and `build-llvm` of a recipe that is built by its script. */
export function scriptTarget(
  recipe: RecipeModel,
  script: ScriptComponent,
  model: SystemModel,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/cargo:script'> {
  const outputPath = distOf(recipe.project, backend);
  const arch = defaultArch(system);
  const dependencies = buildDependenciesOf(recipe).filter(isBuilt);
  const libc = libcBuild(recipe, model, system, backend);
  return {
    executor: '@nx-redox/cargo:script',
    cache: true,
    dependsOn: [
      ...(recipe.source?.fetchedBy === undefined ? [] : ['fetch']),
      { projects: [TOOLCHAIN_PROJECT], target: 'install' },
      ...libc.dependsOn,
      ...buildDependencies(dependencies, system, backend),
    ],
    inputs: [
      ...sourceInputs(recipe, script, model),
      ...variableInputs(recipe),
      { dependentTasksOutputFiles: '**/stage/**' },
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      ...tools('cargo'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      recipe: recipe.file,
      ...(recipe.source === undefined ? {} : { sourcePath: recipe.source.folder }),
      ...libc.options,
      ...(dependencies.length === 0
        ? {}
        : {
            dependencies: dependencies.map(({ name, project }) => stageOf(project, backendOf(system, name, backend))),
          }),
      outputPath,
    },
    configurations: architectureConfigurations(system, onlyArch),
    ...about(
      `Runs the build script, with ${BACKEND_NAMES[backend]} for Rust, checks what it installs and stages it`,
      'redox',
    ),
  };
}
