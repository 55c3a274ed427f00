import { formatError, UserError } from '@nx-redox/kit';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { refusePlugNPlay } from '../plug-n-play';

type Generator<T> = (tree: Tree, options: T) => Promise<GeneratorCallback | void>;

/**
 * Makes a generator of a function whose {@link UserError}s Nx shows with place and advice: Nx prints an error's message
 * and nothing else of it.
 */
export function asGenerator<T>(body: Generator<T>): Generator<T> {
  return (tree, options) => shown(() => body(tree, options));
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
