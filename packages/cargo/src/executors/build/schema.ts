import type { Arch, Backend } from '@nx-redox/kit';
/** Options of `@nx-redox/cargo:build`; `{arch}` and `{backend}` are filled in in paths. */
export interface BuildExecutorSchema {
  arch: Arch;
  backend: Backend;
  manifestPath: string;
  package: string;
  bin: string;
  kind: 'kernel' | 'bootstrap' | 'program' | 'bootloader';
  spec: { name: string; base: string; changes: string[] };
  linkerScript?: string;
  sysrootPath: string;
  features?: string[];
  defaultFeatures?: boolean;
  rustflags?: string[];
  cfgs?: string[];
  env?: string[];
  reads?: string[];
  crateBackends?: Record<string, Backend>;
  patches?: { source: string; crate: string; path?: string; version?: string }[];
  libcPath?: string;
  budget?: number;
  outputPath: string;
  stagePath: string;
}
