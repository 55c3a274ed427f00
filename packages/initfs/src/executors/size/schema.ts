import type { Arch } from '@nx-redox/kit';
/** Options of `@nx-redox/initfs:size`. */
export interface SizeExecutorSchema {
  arch: Arch;
  /** `{arch}` and `{backend}` are filled in, the latter with both backends. */
  image: string;
  /** Programs as they were linked, by each backend. */
  programs?: { name: string; cranelift: string; llvm: string }[];
  /** Default: 15. */
  top?: number;
  json?: boolean;
}
