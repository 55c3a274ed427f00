import type { Arch, Backend } from '@nx-redox/kit';
import type { System, SystemSpec } from '@nx-redox/recipe/parse';
import { defaultArch } from '../model';
import type { Target } from '../nx';
import { asOutput, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

export function sysrootTargetName(specId: string, backend: Backend): string {
  return `sysroot-${specId}-${backend}`;
}

/** A spec as executors take it: the target it starts from depends on the architecture. */
export function specOption(specId: string, { base, changes = [] }: SystemSpec, arch: Arch) {
  return { name: specId, base: base[arch], changes };
}

/** `sysroot-<spec>-<backend>` of the toolchain: std, compiled once for all components of a spec. */
export function sysrootTarget(
  specId: string,
  spec: SystemSpec,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): Target {
  const arch = defaultArch(system);
  const outputPath = sysrootOf(specId, backend);
  return {
    executor: '@nx-redox/toolchain:sysroot',
    cache: true,
    dependsOn: ['install'],
    inputs: [{ dependentTasksOutputFiles: '**/identity.json' }, ...tools('toolchain')],
    outputs: [asOutput(outputPath)],
    options: {
      arch,
      backend,
      spec: specOption(specId, spec, arch),
      ...(spec.std === undefined ? {} : { std: spec.std }),
      ...(spec.small === undefined ? {} : { small: spec.small }),
      outputPath,
    },
    configurations: architectureConfigurations(system, (name) => ({
      arch: name,
      spec: specOption(specId, spec, name),
    })),
    metadata: {
      description: `Derives spec ${specId} and compiles std for it with ${backend === 'cranelift' ? 'Cranelift' : 'LLVM'}`,
      technologies: ['rust'],
    },
  };
}
