import nx from '@nx/eslint-plugin';
import jsonParser from 'jsonc-eslint-parser';

// What each package may know of: docs/architecture.md.
// The graph loads none of these; it writes options that they take.
const onlyTypesForPlugin = ['abi-doctor', 'cargo', 'image', 'initfs', 'installer', 'qemu', 'toolchain'];
const mayUse = {
  kit: [],
  // What Redox is; the mechanics (bootcheck, initfs, qemu, toolchain) get it as a value and must not name it.
  redox: ['kit'],
  binary: ['kit'],
  bootcheck: ['binary', 'kit'],
  'cargo-read': ['kit'],
  recipe: ['kit', 'redox'],
  cookbook: ['kit', 'recipe'],
  sources: ['cargo-read', 'kit', 'recipe'],
  'abi-doctor': ['cargo-read', 'kit', 'recipe', 'sources'],
  initfs: ['binary', 'bootcheck', 'kit'],
  toolchain: ['binary', 'kit'],
  'toolchain-linux-x64': [],
  front: ['binary', 'initfs', 'kit', 'redox', 'toolchain'],
  cargo: ['binary', 'bootcheck', 'cargo-read', 'front', 'kit', 'recipe', 'redox', 'toolchain'],
  image: ['binary', 'bootcheck', 'cookbook', 'kit', 'toolchain'],
  installer: ['binary', 'cookbook', 'image', 'kit'],
  qemu: ['binary', 'kit'],
  'nx-redox': ['kit', 'plugin'],
  plugin: ['cargo-read', 'cookbook', 'kit', 'recipe', 'redox', 'sources', ...onlyTypesForPlugin],
  e2e: ['kit'],
};

const boundaries = (map) => [
  'error',
  {
    allow: [],
    depConstraints: Object.entries(map).map(([name, others]) => ({
      sourceTag: `package:${name}`,
      onlyDependOnLibsWithTags: others.map((other) => `package:${other}`),
    })),
  },
];
/** Programs put the parts together, and tests of the mechanics may take Redox for an example. */
const testsMayUse = Object.fromEntries(Object.entries(mayUse).map(([name, others]) => [name, [...others, 'redox']]));

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
      '@nx/enforce-module-boundaries': boundaries(mayUse),
    },
  },
  {
    files: ['packages/plugin/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: onlyTypesForPlugin.map((name) => ({ name: `@nx-redox/${name}`, allowTypeImports: true })) },
      ],
    },
  },
  {
    files: ['packages/*/src/**/*.spec.ts', 'packages/*/src/testing/**/*.ts', 'packages/*/bin/*.js'],
    rules: { '@nx/enforce-module-boundaries': boundaries(testsMayUse) },
  },
  {
    // It looks for exports of executors in the text of their module: packages/plugin/src/executors.spec.ts loads them.
    files: [
      'packages/{abi-doctor,image,initfs,installer,recipe,sources,toolchain,cargo,qemu,plugin}/{package,generators}.json',
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
          // The targets that the plugin infers name executors of these; programs in bin hand redox to their package.
          ignoredDependencies: [
            'abi-doctor',
            'cargo',
            'image',
            'initfs',
            'installer',
            'qemu',
            'redox',
            'toolchain',
            'toolchain-linux-x64',
          ]
            .map((name) => `@nx-redox/${name}`)
            // Nx loads the executors, whatever they import of it.
            .concat('nx', '@nx/devkit'),
        },
      ],
    },
  },
];
