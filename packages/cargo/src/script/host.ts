import { type Arch, UserError } from '@nx-redox/kit';

const ARCH_NAMES: Readonly<Record<string, Arch>> = { x64: 'x86_64', arm64: 'aarch64' };

/** This machine by the name of its Rust target. */
export function hostTriple(): string {
  const arch = ARCH_NAMES[process.arch] ?? process.arch;
  return `${arch}-${process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-gnu'}`;
}

/** What a build for this machine has in the place of the options for Redox: rustc compiles as it comes. */
export function hostMachine(): { arch: Arch; backend: 'llvm' } {
  const arch = ARCH_NAMES[process.arch];
  if (arch === undefined) {
    throw new UserError(`nothing is built for this machine, whose processor is ${process.arch}`, {
      advice: 'use one with x86_64 or aarch64',
    });
  }
  return { arch, backend: 'llvm' };
}
