// Makes one file of all that the executors of a package load, `dist/modules.bundle.js`. A task has a process of its own; to find
// and load 300 modules takes it longer than most of what it does.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';
import { executorModule } from '../../packages/kit/bin/program.js';

const BUNDLE = '.bundle.js';
const LICENSES = 'bundle.licenses.txt';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Modules of a package's executors, below `src`. */
function implementationsOf(folder) {
  const file = join(folder, 'executors.json');
  const { executors = {} } = existsSync(file) ? readJson(file) : {};
  const names = Object.values(executors).flatMap((entry) => [entry.implementation, entry.batchImplementation]);
  return names.filter((name) => name !== undefined).map((name) => executorModule(name.split('#')[1]));
}

/** Our packages in a folder, by their names. */
function packagesIn(folder) {
  return new Map(
    readdirSync(folder)
      .filter((name) => existsSync(join(folder, name, 'package.json')))
      .map((name) => [readJson(join(folder, name, 'package.json')).name, join(folder, name)]),
  );
}

/** The packages by which one finds another in whatever way they are installed: each depends on the next. */
function wayTo(packages, from, to) {
  const ways = [[from]];
  for (const way of ways) {
    const last = way.at(-1);
    if (last === to) return way.slice(1);
    const { dependencies = {} } = readJson(join(packages.get(last), 'package.json'));
    const next = Object.keys(dependencies).filter((name) => packages.has(name) && !ways.flat().includes(name));
    ways.push(...next.map((name) => [...way, name]));
  }
  throw new Error(`${from} does not depend on ${to}`);
}

/** An expression for the folder of a package, of another one's `dist`. */
function folderOf(packages, from, to) {
  const way = wayTo(packages, from, to);
  const file = way.reduce(
    (at, name) => `require('node:module').createRequire(${at}).resolve('${name}/package.json')`,
    '__filename',
  );
  return way.length === 0 ? `require('node:path').dirname(__dirname)` : `require('node:path').dirname(${file})`;
}

/** Where a module of ours lies after it was compiled, below its package: `src/a.ts` is `dist/a.js`. */
const compiledPath = (path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');

/** The package of ours that a file is part of, with its folder. */
const ownerOf = (packages, file) => [...packages].find(([, folder]) => file.startsWith(join(folder, sep)));

/** Our packages by their sources; what a module of theirs calls `__dirname` stays the folder of that module. */
function ownPackages(packages, name) {
  return {
    name: 'our packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@nx-redox\// }, ({ path }) => {
        const [, own, rest] = /^(@nx-redox\/[^/]+)(.*)$/.exec(path);
        const folder = packages.get(own);
        const exported = readJson(join(folder, 'package.json')).exports[`.${rest}`];
        const file = typeof exported === 'string' ? exported : exported.default;
        return { path: join(folder, file.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')) };
      });
      onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
        const found = ownerOf(packages, path);
        if (found === undefined) return undefined;
        const [own, folder] = found;
        const place = compiledPath(relative(folder, path).split(sep).join('/'));
        const to = (part) => `(${folderOf(packages, name, own)} + ${JSON.stringify(`/${part}`)})`;
        const contents = readFileSync(path, 'utf8').replace(/\b__(dirname|filename)\b/g, (_, which) =>
          to(which === 'filename' ? place : dirname(place)),
        );
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/** Messages of zod in fifty languages: it loads them all for whoever may ask. */
const ONE_LANGUAGE = {
  name: 'one language',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/].*[\\/]locales[\\/]index\.[cm]?js$/ }, () => ({ contents: 'export {};' }));
  },
};

/** Licences of the packages of others that are part of a bundle. */
function licencesOf(files) {
  const folders = new Set();
  for (const file of files) {
    const found = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file);
    if (found) folders.add(found[1]);
  }
  return [...folders].sort().map((folder) => {
    const { name, version, license } = readJson(join(folder, 'package.json'));
    const file = readdirSync(folder).find((entry) => /^(licence|license)(\.|$)/i.test(entry));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
}

/** esbuild's options for what is bundled of a package. */
const options = (packages, name, folder) => ({
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  target: 'node20.20',
  mainFields: ['module', 'main'],
  tsconfigRaw: {},
  // What a module of ECMAScript asks for its own place: there is no such thing in CommonJS.
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  // The workspace's own.
  external: ['nx', 'nx/*', '@nx/*'],
  plugins: [ownPackages(packages, name), ONE_LANGUAGE],
  absWorkingDir: folder,
  logLevel: 'warning',
});

/**
 * Writes `modules.bundle.js`, whose exports are functions that load the package's executors by the paths of their modules; a file for
 * each module that its package.json names under `bundled`: what is started often, and is no executor; and the licences of what is in
 * them.
 *
 * @param {string} folder the package, with its sources; those that it depends on lie beside it.
 * @param {string} dist where they go: the package's compiled modules.
 */
export async function bundle(folder, dist) {
  const packages = packagesIn(dirname(folder));
  const { name, 'nx-redox': { bundled = [] } = {} } = readJson(join(folder, 'package.json'));
  const loaders = implementationsOf(folder).map(
    (module) => `${JSON.stringify(module)}: () => require(${JSON.stringify(`./src/${module}`)})`,
  );
  const main = { contents: `module.exports = {\n${loaders.join(',\n')}\n};`, resolveDir: folder };
  const entries = [
    ...(loaders.length === 0 ? [] : [{ stdin: main, outfile: join(dist, `modules${BUNDLE}`) }]),
    ...bundled.map((module) => ({
      entryPoints: [join(folder, 'src', `${module}.ts`)],
      outfile: join(dist, `${module}${BUNDLE}`),
    })),
  ];
  if (entries.length === 0) return;
  const others = new Set();
  for (const entry of entries) {
    const { metafile, outputFiles } = await build({ ...options(packages, name, folder), ...entry });
    for (const { path, contents } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
    }
    for (const path of Object.keys(metafile.inputs)) {
      const file = resolve(folder, path);
      if (ownerOf(packages, file) === undefined) others.add(file);
    }
  }
  const title = `Packages of others that are part of ${entries.map(({ outfile }) => relative(dist, outfile)).join(', ')}\n`;
  writeFileSync(join(dist, LICENSES), [title, ...licencesOf(others)].join(`\n${'-'.repeat(80)}\n\n`));
}

/** Removes what {@link bundle} has written. */
export function removeBundles(dist) {
  const names = existsSync(dist) ? readdirSync(dist, { recursive: true }) : [];
  for (const name of names) if (name === LICENSES || name.endsWith(BUNDLE)) rmSync(join(dist, name));
}
