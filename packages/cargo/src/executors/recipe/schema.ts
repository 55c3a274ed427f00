import type { ScriptExecutorSchema } from '../script/schema';
/** Options of `@nx-redox/cargo:recipe`; `{arch}` and `{backend}` are filled in in paths. */
export type RecipeExecutorSchema =
  ScriptExecutorSchema | (Omit<ScriptExecutorSchema, 'arch' | 'backend' | 'machine'> & { machine: 'host' });
