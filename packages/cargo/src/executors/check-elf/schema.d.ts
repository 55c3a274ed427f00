import type { Arch, Backend } from '@nx-redox/common';
import type { ElfKind } from '@nx-redox/elf';

/** Options of `@nx-redox/cargo:check-elf`. */
export interface CheckElfExecutorSchema {
  arch: Arch;
  backend: Backend;
  kind: ElfKind;
  /** Output folder of the build; `{arch}` and `{backend}` are filled in. */
  outputPath: string;
  json?: boolean;
}
