import type { Backend } from '@nx-redox/kit';
import type { TheirTarget } from './target';

/** What cranelift-codegen has; for another architecture it says so itself, and LLVM compiles for the target. */
const CRANELIFT_ARCHES = ['aarch64', 'riscv64', 's390x', 'x86_64'];

/**
 * The named changes of a target's specification that a backend needs, from the toolchain's catalogue.
 *
 * A program of Redox is linked by rust-lld with the C library's start files, and nothing relocates or unwinds it. No
 * target unwinds: `build-std` would compile alloc by the profile of the program, with panic = "abort", and the
 * compiled one that takes its place cannot know that. All else stays as the source, or rustc, says it.
 */
export function changesFor({ os, arch, json }: Pick<TheirTarget, 'os' | 'arch' | 'json'>, backend: Backend): string[] {
  if (os === 'uefi') return [];
  const ofRedox = os === 'redox' && json === undefined;
  const linked = ofRedox ? ['rust-lld', 'no-pie', 'no-relro', 'frame-pointers', 'no-unwind-tables'] : [];
  if (backend === 'llvm' || !CRANELIFT_ARCHES.includes(arch))
    return [...linked, ...(ofRedox ? [] : ['softfloat-by-abi']), 'panic-abort'];
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
