import type { BuildExecutorSchema } from '../build/schema';

/** Options of `@nx-redox/cargo:libc`; `{arch}` and `{backend}` are filled in in paths. */
export interface LibcExecutorSchema extends Pick<
  BuildExecutorSchema,
  | 'arch'
  | 'backend'
  | 'manifestPath'
  | 'package'
  | 'spec'
  | 'sysrootPath'
  | 'features'
  | 'defaultFeatures'
  | 'rustflags'
  | 'cfgs'
  | 'env'
  | 'reads'
  | 'crateBackends'
  | 'patches'
  | 'outputPath'
> {
  startFiles?: string[];
}
