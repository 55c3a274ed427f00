import type { DoctorExecutorOptions } from '@nx-redox/abi-doctor';
import type {
  BuildExecutorOptions,
  CheckElfExecutorOptions,
  LibcExecutorOptions,
  MemberExecutorOptions,
  RecipeExecutorOptions,
  ScriptExecutorOptions,
  SizeExecutorOptions,
} from '@nx-redox/cargo';
import type { DiskExecutorOptions } from '@nx-redox/image';
import type {
  BundleExecutorOptions,
  InspectExecutorOptions,
  SizeExecutorOptions as InitfsSizeExecutorOptions,
} from '@nx-redox/initfs';
import type { ImageExecutorOptions } from '@nx-redox/installer';
import type { BootInput, ExecInput, MachineInput } from '@nx-redox/qemu';
import type { LintExecutorOptions, ReportExecutorOptions } from '@nx-redox/recipe';
import type { FetchExecutorOptions, UpdateLockExecutorOptions, UpdateLocksExecutorOptions } from '@nx-redox/sources';
import type {
  DoctorExecutorOptions as ToolchainDoctorExecutorOptions,
  InstallExecutorOptions,
  SysrootExecutorOptions,
} from '@nx-redox/toolchain';
import type { Target } from './nx';

/** What each executor takes. Only types: the graph loads none of these packages. */
interface ExecutorOptions {
  '@nx-redox/abi-doctor:doctor': DoctorExecutorOptions;
  '@nx-redox/cargo:build': BuildExecutorOptions;
  '@nx-redox/cargo:check-elf': CheckElfExecutorOptions;
  '@nx-redox/cargo:libc': LibcExecutorOptions;
  '@nx-redox/cargo:member': MemberExecutorOptions;
  '@nx-redox/cargo:recipe': RecipeExecutorOptions;
  '@nx-redox/cargo:script': ScriptExecutorOptions;
  '@nx-redox/cargo:size': SizeExecutorOptions;
  '@nx-redox/image:disk': DiskExecutorOptions;
  '@nx-redox/initfs:bundle': BundleExecutorOptions;
  '@nx-redox/initfs:inspect': InspectExecutorOptions;
  '@nx-redox/initfs:size': InitfsSizeExecutorOptions;
  '@nx-redox/installer:image': ImageExecutorOptions;
  '@nx-redox/qemu:boot': BootInput;
  // The command is given on the command line.
  '@nx-redox/qemu:exec': Omit<ExecInput, 'command'>;
  '@nx-redox/qemu:run': MachineInput;
  '@nx-redox/recipe:lint': LintExecutorOptions;
  '@nx-redox/recipe:report': ReportExecutorOptions;
  '@nx-redox/sources:fetch': FetchExecutorOptions;
  '@nx-redox/sources:update-lock': UpdateLockExecutorOptions;
  '@nx-redox/sources:update-locks': UpdateLocksExecutorOptions;
  '@nx-redox/toolchain:doctor': ToolchainDoctorExecutorOptions;
  '@nx-redox/toolchain:install': InstallExecutorOptions;
  '@nx-redox/toolchain:sysroot': SysrootExecutorOptions;
}

/** Lists of the model are not to be changed. */
type Unchanging<T> = T extends object ? { readonly [key in keyof T]: Unchanging<T[key]> } : T;

/** Options of an executor, as a target writes them. */
export type OptionsOf<E extends keyof ExecutorOptions> = Unchanging<ExecutorOptions[E]>;

/** A target of one of our executors, its options and configurations as that executor takes them. */
export interface TargetOf<E extends keyof ExecutorOptions> extends Omit<Target, 'executor' | 'options'> {
  executor: E;
  options?: OptionsOf<E>;
  configurations?: Record<string, Partial<OptionsOf<E>>>;
}
