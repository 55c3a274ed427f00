import { type Arch, type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import {
  crateBackendsOf,
  defaultArch,
  specId,
  TOOLCHAIN_PROJECT,
  type CargoComponent,
  type RecipeModel,
  type SystemModel,
} from '../model';
import { patchesOf } from '../patches';
import { about } from '../nx';
import { asOutput, distOf, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';
import { libcBuild } from './libc';
import { patchInputs, sourceInputs, variableInputs } from './source-inputs';
import { specOption, sysrootTargetName } from './sysroot';

/** `build-cranelift` and `build-llvm` of a component that cargo builds. */
export function buildTarget(
  recipe: RecipeModel,
  cargo: CargoComponent,
  model: SystemModel,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/cargo:build' | '@nx-redox/cargo:libc'> {
  const outputPath = distOf(recipe.project, backend);
  const arch = defaultArch(system);
  const spec = specId(model, cargo.spec);
  const nx = recipe.recipe?.nx ?? {};
  const specOf = (name: Arch) => specOption(spec, system.specs[cargo.spec]!, name);
  const isLibc = recipe.kind === 'libc';
  const patches = patchesOf(recipe, model);
  const crateBackends = crateBackendsOf(system, recipe.name, backend);
  const libc = libcBuild(recipe, model, system, backend);
  // Trees that are fetched for other recipes.
  const fetched = new Set(patches.flatMap((patch) => (patch.recipe?.source?.fetchedBy ? patch.recipe.project : [])));
  fetched.delete(recipe.project);
  const reads = [...cargo.reads.folders, ...cargo.reads.files];
  return {
    executor: isLibc ? '@nx-redox/cargo:libc' : '@nx-redox/cargo:build',
    cache: true,
    dependsOn: [
      // A source that is used in place is there, or the graph has said that it is not.
      ...(recipe.source?.fetchedBy === undefined ? [] : ['fetch']),
      ...(fetched.size === 0 ? [] : [{ projects: [...fetched], target: 'fetch' }]),
      { projects: [TOOLCHAIN_PROJECT], target: sysrootTargetName(spec, backend) },
      ...libc.dependsOn,
    ],
    inputs: [
      ...sourceInputs(recipe, cargo, model),
      ...patchInputs(recipe, patches),
      ...libc.inputs,
      ...variableInputs(recipe),
      // The toolchain by what it is, and the sysroot by the description that its executor writes beside it.
      { dependentTasksOutputFiles: '**/identity.json', transitive: true },
      { dependentTasksOutputFiles: `**/${backend}/toolchain/${spec}/*.json` },
      ...tools('cargo'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      manifestPath: cargo.manifest,
      package: cargo.package,
      ...(isLibc ? {} : { bin: cargo.bin, kind: recipe.kind }),
      spec: specOf(arch),
      ...(cargo.linkerScript === undefined ? {} : { linkerScript: cargo.linkerScript }),
      ...(nx.features === undefined ? {} : { features: nx.features }),
      ...(nx['default-features'] === undefined ? {} : { defaultFeatures: nx['default-features'] }),
      ...(nx.rustflags === undefined ? {} : { rustflags: nx.rustflags }),
      ...(nx.cfgs === undefined ? {} : { cfgs: nx.cfgs }),
      ...(nx.env === undefined ? {} : { env: nx.env }),
      ...(reads.length === 0 ? {} : { reads }),
      ...(Object.keys(crateBackends).length === 0 ? {} : { crateBackends }),
      ...(patches.length === 0
        ? {}
        : {
            patches: patches.map(({ source, crate, path, version }) =>
              path === undefined ? { source, crate, version } : { source, crate, path },
            ),
          }),
      ...(nx.budget?.[backend] === undefined ? {} : { budget: nx.budget[backend] }),
      ...libc.options,
      sysrootPath: sysrootOf(spec, backend),
      outputPath,
      ...(isLibc ? {} : { stagePath: cargo.stagePath }),
    },
    configurations: architectureConfigurations(system, (name) => ({ arch: name, spec: specOf(name) })),
    ...about(descriptionOf(recipe, cargo, backend), 'rust'),
  };
}

function descriptionOf({ kind }: RecipeModel, { bin, package: name }: CargoComponent, backend: Backend): string {
  const compiler = BACKEND_NAMES[backend];
  if (kind === 'libc') return `Compiles ${name} with ${compiler} into what programs are linked with`;
  const file = kind === 'bootloader' ? 'EFI' : 'ELF';
  return `Compiles ${bin} with ${compiler}, checks the ${file} file and stages it`;
}
