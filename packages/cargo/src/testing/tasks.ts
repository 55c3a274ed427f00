import { parseOptions } from '@nx-redox/kit/options';
import { type BuildExecutorOptions, schema as buildSchema } from '../executors/build/options';
import { type LibcExecutorOptions, schema as libcSchema } from '../executors/libc/options';
import { type RecipeExecutorOptions, schema as recipeSchema } from '../executors/recipe/options';
import { placesOf } from '../executors/recipe/places';
import { type ScriptExecutorOptions, schema as scriptSchema } from '../executors/script/options';
import { toLibcTask } from '../libc/task';
import { hostMachine } from '../script/host';
import { toScriptTask, WORK_FOLDERS } from '../script/task';
import { toTask } from '../task';

const WORK_FOLDER: string = WORK_FOLDERS.system;

/** Tasks as the executors make them of options that somebody has written. */
export const buildTask = (options: BuildExecutorOptions, project: string, root: string) =>
  toTask(parseOptions(buildSchema, options, project), project, root);
export const libcTask = (options: LibcExecutorOptions, project: string, root: string) =>
  toLibcTask(parseOptions(libcSchema, options, project), project, root);
export const scriptTask = (options: ScriptExecutorOptions, project: string, root: string, folder = WORK_FOLDER) =>
  toScriptTask(parseOptions(scriptSchema, options, project), project, root, folder);
export const hostTask = (options: RecipeExecutorOptions, project: string, root: string, folder = WORK_FOLDER) => {
  const parsed = parseOptions(recipeSchema, options, project);
  const places = placesOf(parsed, { root, projectName: project });
  return toScriptTask({ ...parsed, ...hostMachine(), ...places }, project, root, folder);
};
