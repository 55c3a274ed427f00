import { type Arch, ARCHES } from '@nx-redox/kit/target';
import type { System } from '@nx-redox/recipe/parse';

/** The configuration of an architecture that a system lacks. */
export interface Refusal {
  refused: string;
}

/**
 * One configuration for each architecture, by what depends on it. Nx drops a configuration that a target does not have
 * and builds the default without a word, so those that the system lacks are there too, and fail.
 */
export function architectureConfigurations<T>(system: System, options: (arch: Arch) => T): Record<string, T | Refusal> {
  const others = `its system.toml names ${system.architectures.join(', ')}`;
  return configurationsFor(system.architectures, options, `system ${system.name} has no such architecture; ${others}`);
}

/** The same for the architectures that are there; `otherwise` says why there are no others. */
export function configurationsFor<T>(
  arches: readonly Arch[],
  options: (arch: Arch) => T,
  otherwise: string,
): Record<string, T | Refusal> {
  return Object.fromEntries(
    ARCHES.map((arch) => [arch, arches.includes(arch) ? options(arch) : { refused: `${arch}: ${otherwise}` }]),
  );
}

/** Options that say nothing but the architecture. */
export const onlyArch = (arch: Arch) => ({ arch });
