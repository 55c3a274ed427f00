import { formatError, UserError } from '@nx-redox/common';
import type { GeneratorCallback, Tree } from '@nx/devkit';

type Generator<T> = (tree: Tree, options: T) => Promise<GeneratorCallback | void>;

/**
 * Makes a generator of a function whose {@link UserError}s Nx shows with place and advice: Nx prints an error's message
 * and nothing else of it.
 */
export function asGenerator<T>(body: Generator<T>): Generator<T> {
  return async (tree, options) => {
    try {
      return await body(tree, options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const shown = new Error(formatError(error), { cause: error });
      // Nx offers the stack of every error that has one; here it says nothing.
      delete shown.stack;
      throw shown;
    }
  };
}
