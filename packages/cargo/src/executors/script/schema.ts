import type { Fallback } from '@nx-redox/front';
import type { Arch, Backend } from '@nx-redox/kit';
/** Options of `@nx-redox/cargo:script`; `{arch}` and `{backend}` are filled in in paths. */
export interface ScriptExecutorSchema {
  arch: Arch;
  backend: Backend;
  recipe: string;
  sourcePath?: string;
  fallback?: Fallback;
  libcPath?: string;
  dependencies?: string[];
  hostDependencies?: string[];
  machine?: 'target' | 'host';
  env?: string[];
  outputPath: string;
  clean?: boolean;
}
