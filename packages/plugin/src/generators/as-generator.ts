import { formatError, UserError } from '@nx-redox/kit';
import { parseOptions, type z } from '@nx-redox/kit/options';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { refusePlugNPlay } from '../plug-n-play';

type Generator<T> = (tree: Tree, options: T) => Promise<GeneratorCallback | void>;

/**
 * Makes the generator `name` of a function that gets checked options, and whose {@link UserError}s Nx shows with place
 * and advice: Nx prints an error's message and nothing else of it.
 */
export function asGenerator<S extends z.ZodType>(
  name: string,
  schema: S,
  body: Generator<z.output<S>>,
): Generator<z.input<S>> {
  return (tree, options) => shown(() => body(tree, parseOptions(schema, options, name)));
}

/** The same for what is done when the files are written. */
export function asCallback(body: () => Promise<void>): GeneratorCallback {
  return () => shown(body);
}

async function shown<T>(body: () => Promise<T>): Promise<T> {
  try {
    refusePlugNPlay();
    return await body();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const readable = new Error(formatError(error), { cause: error });
    // Nx offers the stack of every error that has one; here it says nothing.
    delete readable.stack;
    throw readable;
  }
}
