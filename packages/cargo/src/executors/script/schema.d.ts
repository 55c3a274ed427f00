import type { Arch, Backend } from '@nx-redox/kit';
/** Options of `@nx-redox/cargo:script`; `{arch}` and `{backend}` are filled in in paths. */
export interface ScriptExecutorSchema {
  arch: Arch;
  backend: Backend;
  recipe: string;
  sourcePath?: string;
  spec?: { name: string; base: string; changes: string[] };
  sysrootPath?: string;
  linkerScript?: string;
  libcPath?: string;
  dependencies?: string[];
  hostDependencies?: string[];
  outputPath: string;
}
