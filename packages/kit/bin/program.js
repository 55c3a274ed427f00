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
 * The file of a compiled module: of what is started often, one that has with it all that it loads.
 *
 * @param {string} bin the folder `bin` of the package.
 * @param {string} path of the module below `src`, without its ending.
 */
exports.programFile = (bin, path) => {
  const module = join(exports.distOf(bin), path);
  return existsSync(`${module}.bundle.js`) ? `${module}.bundle.js` : `${module}.js`;
};

/** Loads a compiled module of a package. */
exports.loadProgram = (bin, path) => require(exports.programFile(bin, path));

/**
 * The module below `src` of an executor, without its ending.
 *
 * @param {string} name what `executors.json` says behind the `#`: `boot`, or `build/build-batch`.
 */
exports.executorModule = (name) => {
  const [folder, file = folder] = name.split('/');
  return `executors/${folder}/${file}.impl`;
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
        const path = exports.executorModule(String(name));
        const bundle = join(exports.distOf(bin), 'modules.bundle.js');
        return (existsSync(bundle) ? require(bundle)[path]() : exports.loadProgram(bin, path)).default;
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
