'use strict';
const { createHash, randomUUID } = require('node:crypto');
const { readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

exports.INSTALLED = 'dist/toolchain/installed.json';

exports.stampsOf = (paths) =>
  Object.fromEntries(
    paths.map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return [path, found ? `${found.size} ${found.mtimeMs}` : null];
    }),
  );

exports.contentOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

// Plain JavaScript, since Nx asks for it in each command: in a clone, loading TypeScript would take longer than all else.
exports.installedState = (workspaceRoot) => {
  try {
    const file = join(workspaceRoot, exports.INSTALLED);
    const { files, written } = JSON.parse(readFileSync(file, 'utf8'));
    const same =
      Object.entries(exports.stampsOf(Object.keys(files))).every(([path, stamp]) => stamp === files[path]) &&
      Object.entries(written).every(([path, content]) => exports.contentOf(join(workspaceRoot, path)) === content);
    if (same) return `installed ${exports.contentOf(file)}`;
  } catch {
    // What cannot be read is made anew.
  }
  return `to install ${randomUUID()}`;
};
