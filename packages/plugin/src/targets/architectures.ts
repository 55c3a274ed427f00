import type { Arch } from '@nx-redox/common';
import type { System } from '@nx-redox/recipe';
import type { Target } from '../nx';

/** One configuration for each architecture of the system; `options` adds what depends on it. */
export function architectureConfigurations(
  system: System,
  options: (arch: Arch) => Record<string, unknown> = (arch) => ({ arch }),
): NonNullable<Target['configurations']> {
  return Object.fromEntries(system.architectures.map((arch) => [arch, options(arch)]));
}
