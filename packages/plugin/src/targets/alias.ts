import type { Backend } from '@nx-redox/kit';
import type { System } from '@nx-redox/recipe/parse';
import type { Target } from '../nx';
import { architectureConfigurations } from './architectures';

const WORDS = { build: 'Builds', bundle: 'Bundles', image: 'Makes the disk image', boot: 'Boots' };

/** What each leaves behind, by a small file: a mode of `nx affected` that selects tasks follows outputs that are inputs. */
const RESULTS = {
  build: '**/artifact.json',
  bundle: '**/initfs.img',
  image: '**/image.json',
  boot: '**/report.json',
};

/**
 * `build`, `bundle` and `boot`: the same target with the backend that the system's policy says. Tasks hash the crates
 * that they use and not `lockFiles`; named here, a changed lock file still makes `nx affected` look at them.
 */
export function aliasTarget(
  target: keyof typeof WORDS,
  backend: Backend,
  system: System,
  lockFiles: readonly string[],
): Target {
  return {
    executor: 'nx:noop',
    dependsOn: [{ target: `${target}-${backend}`, params: 'forward' }],
    inputs: [
      ...lockFiles.map((file) => `{workspaceRoot}/${file}`),
      { dependentTasksOutputFiles: RESULTS[target] },
      { externalDependencies: [] },
    ],
    configurations: architectureConfigurations(system, () => ({})),
    metadata: {
      description: `${WORDS[target]} with ${backend === 'cranelift' ? 'Cranelift' : 'LLVM'}, as system.toml says`,
    },
  };
}
