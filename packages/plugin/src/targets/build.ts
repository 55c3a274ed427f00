import { posix } from 'node:path';
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
import { lockFile } from '../crates';
import type { InputDefinition, Target } from '../nx';
import { asOutput, distOf, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';
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
  const specOf = (name: Arch) => specOption(spec, system.specs[cargo.spec]!, name);
  return {
    executor: '@nx-redox/cargo:build',
    cache: true,
    dependsOn: [
      // A source that is used in place is there, or the graph has said that it is not.
      ...(recipe.recipe?.source?.kind === 'path' ? [] : ['fetch']),
      { projects: [TOOLCHAIN_PROJECT], target: sysrootTargetName(spec, backend) },
    ],
    inputs: [
      ...cargoInputs(recipe, cargo),
      // The toolchain by what it is, and the sysroot by the description that its executor writes beside it.
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      { dependentTasksOutputFiles: `**/${backend}/toolchain/${spec}/*.json` },
      ...tools(['cargo', 'common', 'elf', 'toolchain']),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      manifestPath: cargo.facts.manifest,
      package: cargo.package,
      bin: cargo.bin,
      kind: recipe.kind,
      spec: specOf(arch),
      ...(cargo.linkerScript === undefined ? {} : { linkerScript: cargo.linkerScript }),
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

/** All files that cargo reads for a component. */
function cargoInputs(recipe: RecipeModel, cargo: CargoComponent): InputDefinition[] {
  const { facts, linkerScript, crates } = cargo;
  const source = posix.dirname(facts.manifest);
  const isInside = (path: string): boolean => `${path}/`.startsWith(`${recipe.dir}/`);
  const folders = [source, ...facts.dependencies.map(({ dir }) => dir)].filter((dir) => !isInside(dir));
  const manifests = [
    `${facts.workspaceDir}/Cargo.toml`,
    ...(crates === undefined ? [lockFile(cargo)] : []),
    ...cargoConfigs(source),
  ];
  return [
    '{projectRoot}/**/*',
    '!{projectRoot}/**/*.md',
    ...folders.flatMap((dir) => [`{workspaceRoot}/${dir}/**/*`, `!{workspaceRoot}/${dir}/**/*.md`]),
    ...manifests.filter((file) => !isInside(file)).map((file) => `{workspaceRoot}/${file}`),
    ...(linkerScript === undefined || isInside(linkerScript) ? [] : [`{workspaceRoot}/${linkerScript}`]),
    // With inputs of dependencies Nx hashes the crates that the project reaches, and only those.
    ...(crates === undefined ? [] : ['^{projectRoot}/Cargo.toml']),
  ];
}

/** Configuration files that cargo reads when it runs in `dir`, as far as they are in the workspace. */
function cargoConfigs(dir: string): string[] {
  const configs: string[] = [];
  for (let at = dir; ; at = posix.dirname(at)) {
    configs.push(posix.join(at, '.cargo/config.toml'));
    if (at === '.') return configs;
  }
}
