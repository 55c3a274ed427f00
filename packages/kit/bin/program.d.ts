/**
 * Loads the module of a program or executor, `path` below `dist`; in a clone of nx-redox, as compiled from the present
 * source.
 */
export function loadProgram(bin: string, path: string): unknown;

/** The executors of a package, by the names that its `executors.json` gives after `#`. `bin` is its folder of programs. */
export function executors(bin: string): Record<string, unknown>;

/** Runs the `main` of a program's module with the arguments of this process; `more` is handed to it, too. */
export function runProgram(bin: string, path: string, ...more: unknown[]): void;
