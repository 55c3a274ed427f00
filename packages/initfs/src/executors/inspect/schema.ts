import type { Arch, Backend } from '@nx-redox/kit';
/** Options of `@nx-redox/initfs:inspect`. */
export interface InspectExecutorSchema {
  arch: Arch;
  backend: Backend;
  /** `{arch}` and `{backend}` are filled in. */
  image: string;
  json?: boolean;
}
