'use strict';
const { existsSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

/**
 * Loads the module of a program or executor: in a clone of nx-redox, as compiled from the present source; the published
 * package has only what was compiled.
 *
 * @param {string} bin the folder `bin` of its package.
 * @param {string} path of the module below `src`, without its ending.
 */
exports.loadProgram = (bin, path) => {
  const source = join(bin, '..', 'src', `${path}.ts`);
  if (!existsSync(source)) return require(join(bin, '..', 'dist', path));
  const { compiled } = require(join(bin, '../../../tools/compiled/compiled.cjs'));
  return require(join(compiled(), 'packages', basename(dirname(bin)), 'dist', path));
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
