import type { Backend } from '@nx-redox/kit';
import type { TheirTarget } from './target';

/**
 * The named changes of a target's specification that a backend needs, from the toolchain's catalogue.
 *
 * A program of Redox is linked by rust-lld with the C library's start files, and nothing relocates or unwinds it. All
 * else stays as the source, or rustc, says it.
 */
export function changesFor({ os, json }: Pick<TheirTarget, 'os' | 'json'>, backend: Backend): string[] {
  if (os === 'uefi') return [];
  const ofRedox = os === 'redox' && json === undefined;
  const linked = ofRedox ? ['rust-lld', 'no-pie', 'no-relro', 'frame-pointers', 'no-unwind-tables'] : [];
  if (backend === 'llvm') return [...linked, ...(ofRedox ? ['panic-abort'] : ['softfloat-by-abi'])];
  const bare = ofRedox ? [] : ['elf-object-format', 'cranelift-hard-float', 'cpu-x86-64'];
  return [...linked, ...bare, 'atomics-64', 'panic-abort', 'one-codegen-unit'];
}

/** A part of the derived specification's name: what is after the architecture in theirs. */
export function specNameOf({ name, arch }: Pick<TheirTarget, 'name' | 'arch'>): string {
  const own = name.startsWith(`${arch}-`) ? name.slice(arch.length + 1) : name;
  return (
    own
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'target'
  );
}
