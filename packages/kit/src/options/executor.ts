import type { z } from 'zod';
import { asExecutor, type ExecutorResult } from '../executor';
import { UserError } from '../user-error';
import { parseOptions } from './parse';

/** What our executors use of Nx's context. */
export interface TaskContext {
  /** Of the workspace. */
  root: string;
  projectName?: string;
  targetName?: string;
  projectsConfigurations?: { projects: Record<string, { root: string }> };
}

/** The folder of the task's project, relative to the workspace. */
export function projectRoot({ projectsConfigurations, projectName = '' }: TaskContext): string {
  return projectsConfigurations?.projects[projectName]?.root ?? '.';
}

/**
 * Checks the options of a task.
 *
 * @throws {UserError} naming the target, and the option that does not fit; or why the task cannot run.
 */
export function taskOptions<S extends z.ZodType>(schema: S, options: unknown, context: TaskContext): z.output<S> {
  const who = [context.projectName ?? 'this task', context.targetName ?? []].flat().join(':');
  const parsed = parseOptions(schema, options, who);
  const { refused } = parsed as { refused?: string };
  if (refused !== undefined) throw new UserError(refused);
  return parsed;
}

/**
 * Makes the function that Nx calls of what it does with checked options. A body that returns nothing has succeeded;
 * whatever it throws becomes a message for the user.
 */
export function executor<S extends z.ZodType, Context extends TaskContext = TaskContext>(
  schema: S,
  body: (options: z.output<S>, context: Context, signal: AbortSignal) => Promise<boolean | void>,
): (options: z.input<S>, context: Context) => Promise<ExecutorResult> {
  return (options, context) =>
    asExecutor(async (signal) => body(taskOptions(schema, options, context), context, signal));
}
