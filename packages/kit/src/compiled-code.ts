import * as nodeModule from 'node:module';

/**
 * Writes to Node's compile cache (`NODE_COMPILE_CACHE`) what this process has compiled. Node does so when a process ends by itself;
 * one that a signal ends, as Nx ends its batch workers, would leave nothing to the next. Before Node 22.10 there is nothing to write.
 */
export function keepCompiledCode(): void {
  // Its type came with the function.
  (nodeModule as { flushCompileCache?: () => void }).flushCompileCache?.();
}
