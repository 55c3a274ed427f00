import type { Arch, Backend } from '@nx-redox/kit';
export interface SysrootExecutorSchema {
  arch: Arch;
  backend: Backend;
  spec: { name: string; base: string; changes: string[] };
  crates?: string[];
  std?: boolean;
  small?: boolean;
  outputPath: string;
}
