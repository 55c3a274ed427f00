import { type Arch, ARCHES } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';
import type { Target } from '../nx';

/**
 * One configuration for each architecture; `options` adds what depends on it. Nx drops a configuration that a target
 * does not have and builds the default without a word, so those that the system lacks are there too, and fail.
 */
export function architectureConfigurations(
  system: System,
  options: (arch: Arch) => Record<string, unknown> = (arch) => ({ arch }),
): NonNullable<Target['configurations']> {
  const refusal = (arch: Arch) => ({
    arch: `${arch}: system ${system.name} has no such architecture; its system.toml names ${system.architectures.join(', ')}`,
  });
  return Object.fromEntries(
    ARCHES.map((arch) => [arch, system.architectures.includes(arch) ? options(arch) : refusal(arch)]),
  );
}
