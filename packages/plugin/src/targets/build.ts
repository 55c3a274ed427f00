import type { Arch, Backend } from '@nx-redox/common';
import type { System } from '@nx-redox/recipe';
import {
  defaultArch,
  specId,
  TOOLCHAIN_PROJECT,
  type CargoComponent,
  type RecipeModel,
  type SystemModel,
} from '../model';
import type { Target } from '../nx';
import { asOutput, distOf, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';
import { sourceInputs } from './source-inputs';
import { specOption, sysrootTargetName } from './sysroot';

/** `build-cranelift` and `build-llvm` of a component that cargo builds. */
export function buildTarget(
  recipe: RecipeModel,
  cargo: CargoComponent,
  model: SystemModel,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): Target {
  const outputPath = distOf(recipe.project, backend);
  const arch = defaultArch(system);
  const spec = specId(model, cargo.spec);
  const nx = recipe.recipe?.nx ?? {};
  const specOf = (name: Arch) => specOption(spec, system.specs[cargo.spec]!, name);
  return {
    executor: '@nx-redox/cargo:build',
    cache: true,
    dependsOn: [
      // A source that is used in place is there, or the graph has said that it is not.
      ...(recipe.source?.fetchedBy === undefined ? [] : ['fetch']),
      { projects: [TOOLCHAIN_PROJECT], target: sysrootTargetName(spec, backend) },
    ],
    inputs: [
      ...sourceInputs(recipe, cargo, model),
      // The toolchain by what it is, and the sysroot by the description that its executor writes beside it.
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      { dependentTasksOutputFiles: `**/${backend}/toolchain/${spec}/*.json` },
      ...tools(['cargo', 'common', 'elf', 'toolchain']),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      manifestPath: cargo.manifest,
      package: cargo.package,
      bin: cargo.bin,
      kind: recipe.kind,
      spec: specOf(arch),
      ...(cargo.linkerScript === undefined ? {} : { linkerScript: cargo.linkerScript }),
      ...(nx.features === undefined ? {} : { features: nx.features }),
      ...(nx['default-features'] === undefined ? {} : { defaultFeatures: nx['default-features'] }),
      ...(nx.rustflags === undefined ? {} : { rustflags: nx.rustflags }),
      sysrootPath: sysrootOf(spec, backend),
      outputPath,
      stagePath: cargo.stagePath,
    },
    configurations: architectureConfigurations(system, (name) => ({ arch: name, spec: specOf(name) })),
    metadata: {
      description: `Compiles ${cargo.bin} with ${backend === 'cranelift' ? 'Cranelift' : 'LLVM'}, checks the ELF file and stages it`,
      technologies: ['rust'],
    },
  };
}
