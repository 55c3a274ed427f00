import type { Arch, Backend } from '@nx-redox/kit';
import type { BuildKind } from '../../task';

/** Options of `@nx-redox/cargo:check-elf`. */
export interface CheckElfExecutorSchema {
  arch: Arch;
  backend: Backend;
  kind: BuildKind;
  /** Output folder of the build; `{arch}` and `{backend}` are filled in. */
  outputPath: string;
  json?: boolean;
}
