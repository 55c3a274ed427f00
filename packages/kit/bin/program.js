'use strict';
const { existsSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

/**
 * The folder of a package's compiled modules; in a clone of nx-redox, as compiled from the present sources.
 *
 * @param {string} bin the folder `bin` of the package.
 */
exports.distOf = (bin) => {
  const folder = dirname(bin);
  const compiler = join(folder, '../../tools/compiled/compiled.cjs');
  if (!existsSync(compiler)) return join(folder, 'dist');
  const { compiled } = require(compiler);
  return join(compiled(), 'packages', basename(folder), 'dist');
};

/**
 * Loads a compiled module of a package: out of the file that has with it all that it loads, if there is one.
 *
 * @param {string} bin the folder `bin` of the package.
 * @param {string} path of the module below `src`, without its ending.
 */
exports.loadProgram = (bin, path) => {
  const dist = exports.distOf(bin);
  const bundle = join(dist, 'modules.bundle.js');
  const modules = existsSync(bundle) ? require(bundle) : {};
  return Object.hasOwn(modules, path) ? modules[path]() : require(join(dist, path));
};

/**
 * The file of a compiled module that Node starts.
 *
 * @param {string} bin the folder `bin` of the package.
 * @param {string} path of the module below `src`, without its ending.
 */
exports.programFile = (bin, path) => {
  const bundle = join(exports.distOf(bin), `${path}.bundle.js`);
  return existsSync(bundle) ? bundle : join(exports.distOf(bin), `${path}.js`);
};

/**
 * The executors of a package by their names, as `executors.json` asks for them: `./bin/executors.js#boot`.
 *
 * @param {string} bin the folder `bin` of the package.
 */
exports.executors = (bin) =>
  new Proxy(
    {},
    {
      get: (_, name) => {
        const [folder, file = folder] = String(name).split('/');
        return exports.loadProgram(bin, `executors/${folder}/${file}.impl`).default;
      },
    },
  );

/** Runs the `main` of a program's module with the arguments of this process, and takes its result for the exit code. `more` is handed to
 * it, too. */
exports.runProgram = (bin, path, ...more) => {
  const { main } = exports.loadProgram(bin, path);
  // A reader such as `head` may have seen enough.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const output = { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) };
  main(process.argv.slice(2), output, ...more).then((status) => {
    process.exitCode = status;
  });
};
