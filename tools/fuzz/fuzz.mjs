#!/usr/bin/env node
// Feeds mutated files to the readers of ELF, ar, PE and initfs files: none may crash, hang or eat memory.
// The work is done in a child with a small heap, so that a hang or an explosion is seen from outside and can be named.
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `Usage: node tools/fuzz/fuzz.mjs [--runs=200000] [--seed=1] [--only=NUMBER] [FILE…]

Mutates built-in samples and the given files (ELF, rlib, .efi, initfs images). The same seed gives the same inputs;
--only=NUMBER runs one of them again. Exit status 1: a reader failed; the run's number and seed are shown.
`;

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
  allowPositionals: true,
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(USAGE);
  process.exit(2);
}

// Largest sample times this is more than any reader may need.
const HEAP_MB = 160;
const SECONDS_PER_INPUT = 10;

const worker = fork(
  fileURLToPath(new URL('worker.mjs', import.meta.url)),
  [
    JSON.stringify({
      runs,
      seed,
      only: values.only === undefined ? undefined : Number(values.only),
      files: positionals,
    }),
  ],
  { execArgv: [`--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=4'], serialization: 'json' },
);

const start = performance.now();
let last = { run: -1, what: 'nothing yet' };
let beat = performance.now();
let failed = false;
const fail = (text) => {
  failed = true;
  process.stderr.write(`\nrun ${last.run} of seed ${seed} (${last.what}): ${text}\n`);
};
worker.on('message', (message) => {
  beat = performance.now();
  last = message;
  if (message.failure) fail(message.failure);
  if (message.done) {
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const { ms, run, what, bytes } = message.slowest;
    process.stdout.write(
      `${message.count} inputs in ${seconds} s: ${message.accepted} read, ${message.refused} refused with a reason; ` +
        `largest growth of the heap ${(message.peak / 2 ** 20).toFixed(0)} MiB, ` +
        `slowest input ${ms.toFixed(0)} ms of processor time (--seed=${seed} --only=${run}: ${what}, ${bytes} bytes)\n`,
    );
  } else if (message.run > 0 && message.run % 20000 === 0) {
    process.stdout.write(`${message.run} …\n`);
  }
});
const watch = setInterval(() => {
  if (performance.now() - beat > (SECONDS_PER_INPUT + 20) * 1000) {
    fail(`no sign of life for ${SECONDS_PER_INPUT + 20} s: one of the next 100 inputs hangs`);
    worker.kill('SIGKILL');
  }
}, 1000);
worker.on('exit', (code, signal) => {
  clearInterval(watch);
  if (!failed && code !== 0)
    fail(`the readers ended with ${signal ?? `status ${code}`}: out of ${HEAP_MB} MiB of heap, or a crash`);
  process.exit(failed ? 1 : 0);
});
