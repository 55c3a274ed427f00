import type { Backend } from '@nx-redox/common';
import type { System, SystemSpec } from '@nx-redox/recipe';
import { defaultArch } from '../model';
import type { Target } from '../nx';
import { asOutput, sysrootOf } from '../paths';
import type { ToolInputs } from '../tool-inputs';
import { architectureConfigurations } from './architectures';

export function sysrootTargetName(specId: string, backend: Backend): string {
  return `sysroot-${specId}-${backend}`;
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
  const specOf = (name: keyof SystemSpec['base']) => ({
    name: specId,
    base: spec.base[name],
    changes: spec.changes ?? [],
  });
  const outputPath = sysrootOf(specId, backend);
  return {
    executor: '@nx-redox/toolchain:sysroot',
    cache: true,
    dependsOn: ['install'],
    inputs: [{ dependentTasksOutputFiles: '**/identity.json' }, ...tools(['common', 'toolchain'])],
    outputs: [asOutput(outputPath)],
    options: { arch, backend, spec: specOf(arch), outputPath },
    configurations: architectureConfigurations(system, (name) => ({ arch: name, spec: specOf(name) })),
    metadata: {
      description: `Derives spec ${specId} and compiles std for it with ${backend === 'cranelift' ? 'Cranelift' : 'LLVM'}`,
      technologies: ['rust'],
    },
  };
}
