/** Loads the module of a program, `path` below `dist` or, in the workspace, its TypeScript source below `src`. */
export function loadProgram(bin: string, path: string): unknown;

/** Runs the `main` of a program's module with the arguments of this process; `more` is handed to it, too. */
export function runProgram(bin: string, path: string, ...more: unknown[]): void;
