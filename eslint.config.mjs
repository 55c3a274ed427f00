import nx from '@nx/eslint-plugin';
import jsonParser from 'jsonc-eslint-parser';

// What each package may know of: docs/architecture.md.
const mayUse = {
  kit: [],
  binary: ['kit'],
  bootcheck: ['binary', 'kit'],
  'cargo-read': ['kit'],
  recipe: ['kit'],
  sources: ['cargo-read', 'kit', 'recipe'],
  'abi-doctor': ['cargo-read', 'kit', 'recipe', 'sources'],
  initfs: ['binary', 'bootcheck', 'kit'],
  toolchain: ['binary', 'kit'],
  cargo: ['binary', 'bootcheck', 'cargo-read', 'kit', 'recipe', 'toolchain'],
  image: ['binary', 'bootcheck', 'kit', 'toolchain'],
  qemu: ['binary', 'kit'],
  plugin: ['cargo-read', 'kit', 'recipe', 'sources'],
  e2e: ['kit'],
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
    files: [
      'packages/{abi-doctor,image,initfs,recipe,sources,toolchain,cargo,qemu,plugin}/{package,executors,generators}.json',
    ],
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
          ignoredDependencies: ['abi-doctor', 'cargo', 'image', 'initfs', 'qemu', 'toolchain'].map(
            (name) => `@nx-redox/${name}`,
          ),
        },
      ],
    },
  },
];
