#!/usr/bin/env node
// Boots, kills, floods, full disks and two workspaces at once, for as long as is asked, and a table of counts.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `Usage: npm run soak -- [--minutes=20] [--seed=1]

Needs what \`npm test\` needs, and a boot of mini in Nx's cache: \`npm run boot\` first. The same seed plays the same
scenarios. Exit status 1: something was not as expected; the table names it.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (values.help || !(minutes >= 0) || !Number.isSafeInteger(seed)) {
  (values.help ? process.stdout : process.stderr).write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.env.TS_NODE_PROJECT = join(root, 'tsconfig.base.json');
const require = createRequire(import.meta.url);
require('@swc-node/register');
const { soak } = require('../../packages/e2e/src/soak/soak.ts');
const { formatTable } = require('../../packages/kit/src/index.ts');

const counts = await soak(minutes, seed, (line) => process.stdout.write(`${line}\n`));
const rows = counts.map(({ name, what, runs, asExpected, skipped }) => [
  name,
  String(runs),
  String(asExpected),
  skipped ?? what,
]);
process.stdout.write(`\n${formatTable([['scenario', 'runs', 'as expected', ''], ...rows])}\n`);
const faults = counts.flatMap(({ name, faults }) => faults.map((fault) => `${name}, ${fault}`));
for (const fault of faults) process.stdout.write(`\n${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
