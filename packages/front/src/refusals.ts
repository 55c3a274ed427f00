import type { Backend } from '@nx-redox/kit';

/** A reason for which Cranelift is known to refuse a crate, recognised by the compiler's own words. */
export interface Refusal {
  id: string;
  /** For people. */
  reason: string;
  /** An extended regular expression (POSIX) without groups; it matches the words to be shown. */
  words: string;
}

/** Each of them was seen with the Cranelift of rustc 1.95 or of a nightly. */
export const REFUSALS: readonly Refusal[] = [
  {
    id: 'variadic-definition',
    reason: 'defines variadic functions',
    words: 'Defining variadic functions is not yet supported by Cranelift',
  },
  {
    id: 'asm-sym',
    reason: 'uses `sym` in inline assembly, which the Cranelift of this toolchain has not got',
    words: 'asm! and global_asm! sym operands are not yet supported',
  },
  { id: 'atomics-128', reason: 'uses 128-bit atomics', words: '128bit atomics not yet supported' },
  {
    id: 'pe-coff',
    reason: 'is for PE/COFF files',
    words: '[A-Za-z0-9]+ is not supported for this file format|cannot compile for [^ ]+, whose files are PE/COFF',
  },
  {
    id: 'soft-float',
    reason: 'needs the soft-float ABI',
    words: 'IncompatibleSignature\\(.{0,1}"__[a-z0-9]+[sdhtx]f[a-z0-9]*"',
  },
  {
    // rustc succeeds with this warning, and the file is not there.
    id: 'one-object',
    reason: 'is to be one object file, and Cranelift makes another for its assembly',
    words: 'ignoring emit path because multiple \\.o files were produced',
  },
  {
    id: 'architecture',
    reason: 'is for an architecture that Cranelift has not got',
    words: "can't compile for [^ ]+: Support for this target has not been implemented yet",
  },
];

/** A refusal, with what the compiler said. */
export interface Refused {
  id: string;
  reason: string;
  words: string;
}

/** Why Cranelift has refused something, by what a compiler wrote; undefined if that is no reason of the list. */
export function refusalIn(text: string): Refused | undefined {
  for (const { id, reason, words } of REFUSALS) {
    const match = new RegExp(words).exec(text);
    if (match) return { id, reason, words: match[0] };
  }
  return undefined;
}

/** A crate, or a whole target, that another backend compiled than the one that was asked for. */
export interface CrateFallback extends Refused {
  /** As rustc knows it. */
  crate: string;
  backend: Backend;
}
