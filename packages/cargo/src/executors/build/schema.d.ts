import type { Arch, Backend } from '@nx-redox/common';
import type { ElfKind } from '@nx-redox/elf';

/** Options of `@nx-redox/cargo:build`; `{arch}` and `{backend}` are filled in in paths. */
export interface BuildExecutorSchema {
  arch: Arch;
  backend: Backend;
  manifestPath: string;
  package: string;
  bin: string;
  kind: ElfKind;
  spec: { name: string; base: string; changes: string[] };
  linkerScript?: string;
  sysrootPath: string;
  features?: string[];
  rustflags?: string[];
  outputPath: string;
  stagePath: string;
}
