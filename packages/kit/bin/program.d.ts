/**
 * The folder of a package's compiled modules; in a clone of nx-redox, as compiled from the present sources. `bin` is its
 * folder of programs.
 */
export function distOf(bin: string): string;

/** Loads a compiled module of a package, `path` below `dist`. */
export function loadProgram(bin: string, path: string): unknown;

/** The file of a compiled module, `path` below `dist`, that Node starts. */
export function programFile(bin: string, path: string): string;

/** The module below `src` of an executor; `name` is what its `executors.json` gives after `#`. */
export function executorModule(name: string): string;

/** The executors of a package, by the names that its `executors.json` gives after `#`. `bin` is its folder of programs. */
export function executors(bin: string): Record<string, unknown>;

/** Runs the `main` of a program's module with the arguments of this process; `more` is handed to it, too. */
export function runProgram(bin: string, path: string, ...more: unknown[]): void;
