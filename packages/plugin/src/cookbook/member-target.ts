import type { Backend } from '@nx-redox/kit';
import type { TargetOf } from '../executor-targets';
import { about } from '../nx';
import { asOutput, distOf } from '../paths';
import { checkElf } from '../targets/check-elf';
import type { ToolInputs } from '../tool-inputs';
import type { MemberModel } from './members';
import { ARCHITECTURES, DEFAULT_ARCH, editedFile, sourceOwner } from './targets';

/**
 * `build-cranelift` and `build-llvm` of a package: the recipe's own build, and the package's programs out of it. The
 * features and the profile of a program follow from the whole call of cargo that compiles it, so no other build gives
 * the same bytes.
 */
export function memberTarget(
  { owner, package: name, bins, project }: MemberModel,
  backend: Backend,
  tools: ToolInputs,
): TargetOf<'@nx-redox/cargo:member'> {
  const outputPath = distOf(project, backend);
  return {
    executor: '@nx-redox/cargo:member',
    cache: true,
    dependsOn: [{ projects: [owner.project], target: `build-${backend}` }],
    inputs: [
      // Its files are the recipe's, which hashes them; this one lets `nx affected` see an edit.
      `{workspaceRoot}/${editedFile(sourceOwner(owner))}`,
      { dependentTasksOutputFiles: '**/artifact.json' },
      ...bins.map((bin) => ({ dependentTasksOutputFiles: `**/debug/${bin}` })),
      ...tools('cargo'),
    ],
    outputs: [asOutput(outputPath)],
    options: {
      arch: DEFAULT_ARCH,
      backend,
      package: name,
      bins,
      ownerPath: distOf(owner.project, backend),
      outputPath,
    },
    configurations: ARCHITECTURES,
    ...about(`Builds recipe ${owner.name} and takes ${bins.join(', ')} out of it`, 'rust'),
  };
}

/** `check-elf` of a package; its build knows which program is bootstrap. */
export function memberCheckTarget({ project }: MemberModel, backend: Backend, tools: ToolInputs) {
  return checkElf({ project, arch: DEFAULT_ARCH, backend, kind: 'program', configurations: ARCHITECTURES }, tools);
}
