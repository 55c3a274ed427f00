import { join } from 'node:path';

// The shell files lie beside this module's source, for a published package, too.
const folder = join(__dirname, '../../src/shell');

/** Runs a {@link recipeScript} with the cookbook's shell API: `bash -e` with this file. */
export const SHELL_MAIN = join(folder, 'main.sh');

/** The functions that scripts of `[source]` may use, to be sourced by bash before such a script. */
export const SHELL_SHARED = join(folder, 'shared.sh');
