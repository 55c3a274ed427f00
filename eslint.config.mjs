import nx from '@nx/eslint-plugin';
import jsonParser from 'jsonc-eslint-parser';

// What each package may know of: docs/architecture.md.
const mayUse = {
  common: [],
  elf: ['common'],
  initfs: ['common', 'elf'],
  recipe: ['common'],
  toolchain: ['common', 'elf'],
  cargo: ['common', 'elf', 'recipe', 'toolchain'],
  image: ['common', 'elf', 'toolchain'],
  qemu: ['common', 'elf'],
  plugin: ['common', 'recipe'],
  e2e: ['common'],
};

export default [
  { ignores: ['**/dist', '**/target', '**/node_modules', '.nx', 'tmp'] },
  ...nx.configs['flat/base'],
  ...nx.configs['flat/typescript'],
  ...nx.configs['flat/javascript'],
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs', '**/*.js'],
    rules: {
      // With noUncheckedIndexedAccess the alternative is a branch that no test can reach.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          depConstraints: Object.entries(mayUse).map(([name, others]) => ({
            sourceTag: `package:${name}`,
            onlyDependOnLibsWithTags: others.map((other) => `package:${other}`),
          })),
        },
      ],
    },
  },
  {
    files: ['packages/{image,initfs,recipe,toolchain,cargo,qemu,plugin}/{package,executors,generators}.json'],
    languageOptions: { parser: jsonParser },
    rules: {
      '@nx/nx-plugin-checks': 'error',
    },
  },
  {
    files: ['packages/*/package.json'],
    ignores: ['packages/e2e/package.json'],
    languageOptions: { parser: jsonParser },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          buildTargets: ['build'],
          ignoredFiles: ['{projectRoot}/**/*.spec.ts', '{projectRoot}/src/testing/**', '{projectRoot}/bin/**'],
          // The targets that the plugin infers name executors of these.
          ignoredDependencies: ['cargo', 'image', 'initfs', 'qemu', 'toolchain'].map((name) => `@nx-redox/${name}`),
        },
      ],
    },
  },
];
