'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Loads the module of a program: in the workspace its TypeScript source, not what was last compiled; the published
 * package has only the latter.
 *
 * @param {string} bin folder of the program.
 * @param {string} path of the module below `src`, without its ending.
 */
exports.loadProgram = (bin, path) => {
  const source = join(bin, '..', 'src', `${path}.ts`);
  if (!existsSync(source)) return require(join(bin, '..', 'dist', path));
  process.env.SWC_NODE_PROJECT ??= join(bin, '../../../tsconfig.base.json');
  require('@swc-node/register');
  return require(source);
};

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
