import type { Arch, Backend } from '@nx-redox/kit';
/** Options of `@nx-redox/cargo:size`. */
export interface SizeExecutorSchema {
  arch: Arch;
  /** Backends that the component is built with; the first is measured against the second. */
  backends: Backend[];
  /** Output folder of the builds; `{arch}` and `{backend}` are filled in. */
  outputPath: string;
  json?: boolean;
}
