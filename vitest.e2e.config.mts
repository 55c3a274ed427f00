import { defineConfig } from 'vitest/config';
import base from './vitest.config.mts';

export default defineConfig({
  ...base,
  test: {
    include: ['packages/e2e/src/**/*.e2e.ts'],
    globalSetup: ['tools/vitest/needs-toolchain.mjs'],
    // One at a time: each of them compiles with cargo or boots with QEMU.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
