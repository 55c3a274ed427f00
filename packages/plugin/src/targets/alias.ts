import { type Backend, BACKEND_NAMES } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import { NO_FILES, type Target } from '../nx';
import { architectureConfigurations } from './architectures';

const WORDS = { build: 'Builds', bundle: 'Bundles', image: 'Makes the disk image', boot: 'Boots' };

/** What each leaves behind, by a small file: a mode of `nx affected` that selects tasks follows outputs that are inputs. */
const RESULTS = {
  build: '**/artifact.json',
  bundle: '**/initfs.img',
  image: '**/image.json',
  boot: '**/report.json',
};

/** What `nx:noop` becomes where a default of nx.json takes its link away. */
export const ALIAS_EXECUTOR = '@nx-redox/plugin:alias';

/** The target that an alias of {@link aliasTarget} stands for; undefined for all other targets. */
export function aliasedTarget({ executor, dependsOn = [] }: Target): string | undefined {
  const [link] = dependsOn;
  if (executor !== 'nx:noop' || dependsOn.length !== 1 || typeof link !== 'object') return undefined;
  return link.target;
}

/**
 * `build`, `bundle`, `image` and `boot`: the same target with the default backend. Tasks hash what they use and not the
 * files in which that is written; with `seen`, a change there still makes `nx affected` look at them.
 *
 * @param seen files relative to the workspace root.
 */
export function aliasTarget(
  target: keyof typeof WORDS,
  backend: Backend,
  seen: readonly string[],
  configurations: Target['configurations'],
): Target {
  return {
    executor: 'nx:noop',
    dependsOn: [{ target: `${target}-${backend}`, params: 'forward' }],
    inputs: [
      ...seen.map((file) => `{workspaceRoot}/${file}`),
      { dependentTasksOutputFiles: RESULTS[target] },
      ...NO_FILES,
    ],
    configurations,
  };
}

/** The alias of a system's target, with a configuration for each of its architectures. */
export function systemAlias(
  target: keyof typeof WORDS,
  backend: Backend,
  system: System,
  lockFiles: readonly string[],
): Target {
  return {
    ...aliasTarget(
      target,
      backend,
      lockFiles,
      architectureConfigurations(system, () => ({})),
    ),
    metadata: {
      description: `${WORDS[target]} with ${BACKEND_NAMES[backend]}, as system.toml says`,
    },
  };
}
