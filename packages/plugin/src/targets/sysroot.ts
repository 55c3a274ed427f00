import { type Arch, type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { System, SystemSpec } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { defaultArch } from '../model';
import { about } from '../nx';
import { asOutput, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

export function sysrootTargetName(specId: string, backend: Backend): string {
  return `sysroot-${specId}-${backend}`;
}

/** A spec as executors take it: the target it starts from depends on the architecture. */
export function specOption(specId: string, { base, changes = [] }: SystemSpec, arch: Arch) {
  // There is one for each architecture of the system: the checks of system.toml see to that.
  return { name: specId, base: base[arch]!, changes };
}

/** `sysroot-<spec>-<backend>` of the toolchain: std, compiled once for all components of a spec. */
export function sysrootTarget(
  specId: string,
  spec: SystemSpec,
  system: System,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/toolchain:sysroot'> {
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
    ...about(`Derives spec ${specId} and compiles std for it with ${BACKEND_NAMES[backend]}`, 'rust'),
  };
}
