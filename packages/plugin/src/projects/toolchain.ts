import { posix } from 'node:path';
import { BACKENDS } from '@nx-redox/kit/target';
import { type Diagnostic, hasErrors } from '@nx-redox/kit/toml';
import { specId, TOOLCHAIN_PROJECT, type SystemModel, type ToolchainModel } from '../model';
import type { Project, Targets } from '../nx';
import { brokenDescription, brokenTargets } from '../targets/broken';
import { sysrootTarget, sysrootTargetName } from '../targets/sysroot';
import { toolchainDoctorTarget, installTarget } from '../targets/toolchain';
import type { ToolInputs } from '../tool-inputs';

/** The Nx project of the toolchain: one sysroot for each spec of each active system and each backend. */
export function toolchainProject(model: ToolchainModel, systems: readonly SystemModel[], tools: ToolInputs): Project {
  const { toolchain, diagnostics } = model;
  const sysroots = sysrootTargets(systems, diagnostics, tools);
  const arches = new Set(systems.flatMap(({ system }) => system?.architectures ?? []));
  const programs = [...arches].sort().map((arch) => `qemu-system-${arch}`);
  const targets: Targets =
    toolchain === undefined || hasErrors(diagnostics)
      ? brokenTargets(['install', 'doctor'], diagnostics)
      : { install: installTarget(toolchain, tools), doctor: toolchainDoctorTarget(programs) };
  return {
    name: TOOLCHAIN_PROJECT,
    root: posix.dirname(model.file),
    projectType: 'library',
    tags: ['kind:toolchain', ...(hasErrors(diagnostics) ? ['broken'] : [])],
    targets: { ...targets, ...sysroots },
    metadata: {
      description:
        brokenDescription(diagnostics) ?? `Rust ${toolchain?.rust} with Cranelift and LLVM, and std for each spec`,
      technologies: ['rust'],
      targetGroups: { toolchain: ['install', 'doctor'], sysroot: Object.keys(sysroots) },
    },
  };
}

function sysrootTargets(
  systems: readonly SystemModel[],
  diagnostics: readonly Diagnostic[],
  tools: ToolInputs,
): Targets {
  const targets: Targets = {};
  for (const model of systems) {
    const { system } = model;
    if (system === undefined) continue;
    for (const [name, spec] of Object.entries(system.specs)) {
      const id = specId(model, name);
      const mistakes = [
        ...diagnostics,
        ...model.diagnostics.filter(({ table }) => table === 'spec' || table === 'system'),
      ];
      for (const backend of BACKENDS) {
        const target = sysrootTargetName(id, backend);
        if (hasErrors(mistakes)) Object.assign(targets, brokenTargets([target], mistakes));
        else targets[target] = sysrootTarget(id, spec, system, backend, tools);
      }
    }
  }
  return targets;
}
