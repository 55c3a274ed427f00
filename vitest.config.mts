import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(`${root}tsconfig.base.json`, 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};

// Packages are tested from their sources: the same `paths` that tsc and Nx use.
const alias = Object.entries(compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: `${root}${path.slice(2)}`,
}));

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['packages/*/src/**/*.spec.ts', 'tools/**/*.spec.mjs'],
    globalSetup: ['tools/vitest/needs-toolchain.mjs'],
    // So long that only what hangs is ended, on a machine that has other work, too.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Two cores in CI, and tests that run real programs.
    maxWorkers: 2,
  },
});
