import type { Arch, Backend } from '@nx-redox/common';

export interface SysrootExecutorSchema {
  arch: Arch;
  backend: Backend;
  spec: { name: string; base: string; changes: string[] };
  crates?: string[];
  std?: boolean;
  outputPath: string;
}
