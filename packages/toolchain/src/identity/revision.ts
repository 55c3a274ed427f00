import { RUST } from '../pins';
import type { Identity } from './record';
import type { Capabilities } from './record';

/** What the patch of the second revision brought; a toolchain without them works, but for what needs them. */
const SECOND_REVISION = {
  dataSections: 'a section for each data object (programs are up to twice as large)',
  x86Assembly: '`_xsetbv`, and `int $3` in assembly (for x86_64)',
  core197: 'names of core that sources for Rust 1.97 call',
} as const satisfies Partial<Record<keyof Capabilities, string>>;

/** What a Cranelift half of the pinned release lacks because it was made with an older patch, in words. */
export function lackingSinceRevision(identity: Pick<Identity, 'rustc' | 'capabilities'>): string[] {
  if (identity.rustc !== RUST.version || !identity.capabilities.cranelift) return [];
  return Object.entries(SECOND_REVISION)
    .filter(([name]) => !identity.capabilities[name as keyof typeof SECOND_REVISION])
    .map(([, text]) => text);
}

/** How to replace a toolchain of an older revision. */
export const NEWER_REVISION_ADVICE =
  'take the one that is published for this machine: npx nx run toolchain:install --provider=package (or build it: --provider=source)';
