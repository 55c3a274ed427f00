export type { BuildExecutorOptions } from './executors/build/options';
export type { CheckElfExecutorOptions } from './executors/check-elf/options';
export type { LibcExecutorOptions } from './executors/libc/options';
export type { MemberExecutorOptions } from './executors/member/options';
export type { RecipeExecutorOptions } from './executors/recipe/options';
export type { ScriptExecutorOptions } from './executors/script/options';
export type { SizeExecutorOptions } from './executors/size/options';
