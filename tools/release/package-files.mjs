// Which files the manifests of a package name.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executorModule } from '../../packages/kit/bin/program.js';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

function exported(value) {
  if (typeof value === 'string') return [value];
  return value === null || value === undefined ? [] : Object.values(value).flatMap(exported);
}

/** Files of one implementation: `./dist/x`, or an executor as `bin/executors.js` loads it, `./bin/executors.js#x`. */
function filesOf(implementation) {
  const [module, name] = implementation.split('#');
  if (name === undefined) return [`${module}.js`, `${module}.d.ts`];
  return [module, `./dist/${executorModule(name)}.js`];
}

/** Files that executors, generators and migrations are in. */
function implementations(folder, manifest) {
  const file = join(folder, manifest);
  if (!existsSync(file)) return [];
  const { executors = {}, generators = {} } = readJson(file);
  return [...Object.values(executors), ...Object.values(generators)].flatMap((entry) => [
    ...[entry.implementation, entry.batchImplementation].flatMap((named) =>
      named === undefined ? [] : filesOf(named),
    ),
    ...(entry.schema === undefined ? [] : [entry.schema]),
  ]);
}

/** Files that package.json and the manifests of Nx name, relative to the package's folder. */
export function namedFiles(folder) {
  const {
    main,
    types,
    exports,
    bin,
    executors,
    generators,
    'nx-migrations': nx,
  } = readJson(join(folder, 'package.json'));
  const manifests = [executors, generators, nx?.migrations].filter((name) => name !== undefined);
  const named = [main, types, ...exported(exports), ...exported(bin), ...manifests];
  return [...new Set([...named, ...manifests.flatMap((name) => implementations(folder, name))])].filter(
    (name) => name !== undefined,
  );
}

/** Those that are not there. */
export function missingFiles(folder) {
  return namedFiles(folder).filter((name) => !existsSync(join(folder, name)));
}
