import { annotationLines, annotationsOf } from './annotations';
import { Interrupted, interruptible } from './interrupt';
import { formatError } from './user-error';

/** What an Nx executor returns. */
export interface ExecutorResult {
  success: boolean;
}

/**
 * Runs the body of an executor: it gets the signal that fires when Nx or the user stops the task,
 * and whatever it throws becomes a message for the user and `{ success: false }`.
 * A body that returns nothing has succeeded.
 */
export async function asExecutor(body: (signal: AbortSignal) => Promise<boolean | void>): Promise<ExecutorResult> {
  return interruptible(async (signal) => {
    try {
      return { success: (await body(signal)) ?? true };
    } catch (error) {
      const interrupted = signal.aborted ? signal.reason : error;
      const shown = interrupted instanceof Interrupted ? interrupted : error;
      process.stderr.write(`\n${formatError(shown)}\n`);
      process.stdout.write(annotationLines(annotationsOf(shown)));
      return { success: false };
    }
  });
}
