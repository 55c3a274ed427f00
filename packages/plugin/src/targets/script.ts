import type { Arch, Backend } from '@nx-redox/kit';
import type { System } from '@nx-redox/recipe/parse';
import { buildDependenciesOf } from '../dependencies';
import {
  backendOf,
  defaultArch,
  isBuilt,
  specId,
  TOOLCHAIN_PROJECT,
  type RecipeModel,
  type ScriptComponent,
  type SystemModel,
} from '../model';
import type { Target } from '../nx';
import { asOutput, distOf, stageOf, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';
import { buildDependencies } from './bundle';
import { libcBuild } from './libc';
import { sourceInputs } from './source-inputs';
import { specOption, sysrootTargetName } from './sysroot';

/** `build-cranelift` and `build-llvm` of a recipe that is built by its script. */
export function scriptTarget(
  recipe: RecipeModel,
  script: ScriptComponent,
  model: SystemModel,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): Target {
  const outputPath = distOf(recipe.project, backend);
  const arch = defaultArch(system);
  const { linkerScript } = script;
  // Without a spec the recipe compiles no Rust.
  const spec = system.specs[script.spec];
  const id = specId(model, script.spec);
  const specOf = (name: Arch) => (spec === undefined ? {} : { spec: specOption(id, spec, name) });
  const dependencies = buildDependenciesOf(recipe).filter(isBuilt);
  const libc = libcBuild(recipe, model, system, backend);
  return {
    executor: '@nx-redox/cargo:script',
    cache: true,
    dependsOn: [
      ...(recipe.source?.fetchedBy === undefined ? [] : ['fetch']),
      ...(spec === undefined ? [] : [{ projects: [TOOLCHAIN_PROJECT], target: sysrootTargetName(id, backend) }]),
      ...libc.dependsOn,
      ...buildDependencies(dependencies, system, backend),
    ],
    inputs: [
      ...sourceInputs(recipe, script, model),
      { dependentTasksOutputFiles: '**/stage/**' },
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      ...(spec === undefined ? [] : [{ dependentTasksOutputFiles: `**/${backend}/toolchain/${id}/*.json` }]),
      ...tools('cargo'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      recipe: recipe.file,
      ...(recipe.source === undefined ? {} : { sourcePath: recipe.source.folder }),
      ...specOf(arch),
      ...(spec === undefined ? {} : { sysrootPath: sysrootOf(id, backend) }),
      ...(spec === undefined || linkerScript === undefined ? {} : { linkerScript }),
      ...libc.options,
      ...(dependencies.length === 0
        ? {}
        : {
            dependencies: dependencies.map(({ name, project }) => stageOf(project, backendOf(system, name, backend))),
          }),
      outputPath,
    },
    configurations: architectureConfigurations(system, (name) => ({ arch: name, ...specOf(name) })),
    metadata: {
      description: `Runs the build script, with ${backend === 'cranelift' ? 'Cranelift' : 'LLVM'} for Rust, checks what it installs and stages it`,
      technologies: ['redox'],
    },
  };
}
