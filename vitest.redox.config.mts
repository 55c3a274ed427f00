import { defineConfig } from 'vitest/config';
import base from './vitest.config.mts';

/** The real Redox, from its own sources: minutes of compiling for each program. */
export default defineConfig({
  ...base,
  test: {
    include: ['packages/e2e/src/**/*.real.ts'],
    fileParallelism: false,
    // Each step needs the one before it.
    bail: 1,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
