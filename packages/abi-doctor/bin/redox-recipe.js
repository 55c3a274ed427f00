#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// In the workspace the TypeScript sources count, not what was last compiled; the published package has only the latter.
const source = join(__dirname, '../src/cli/cli.ts');
const fromSource = existsSync(source);
if (fromSource) {
  process.env.SWC_NODE_PROJECT ??= join(__dirname, '../../../tsconfig.base.json');
  require('@swc-node/register');
}
const { main } = require(fromSource ? source : '../dist/cli/cli.js');

// A reader such as `head` may have seen enough.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});
main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}).then((status) => {
  process.exitCode = status;
});
