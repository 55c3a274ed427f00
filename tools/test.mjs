#!/usr/bin/env node
// Everything that must hold, in the order in which a mistake is cheapest to find.
// `npm test -- unit` runs only the steps whose names are given; two of them run only if they are.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runStep } from './step.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name, file) => [process.execPath, join(root, 'node_modules', name, file)];
const nx = bin('nx', 'dist/bin/nx.js');
const vitest = bin('vitest', 'vitest.mjs');
const tsc = bin('typescript', 'bin/tsc');

const counts = join(root, 'dist', 'test.json');
const reporters = ['default', 'json', join(root, 'tools/vitest/still-running.mjs')];
const tests = [...vitest, 'run', ...reporters.map((name) => `--reporter=${name}`), `--outputFile.json=${counts}`];
const e2e = [...tests, '--config', 'vitest.e2e.config.mts'];
const fileOf = (name) => `packages/e2e/src/${name}.e2e.ts`;
/** Boot nothing, so two at a time disturb nobody. */
const WITHOUT_BOOTS = ['cache-server', 'checkout', 'initfs', 'inputs', 'repositories'].map(fileOf);
/** Have steps of their own. */
const APART = [...['packages', 'soak', 'checkout-llvm'].map(fileOf), ...WITHOUT_BOOTS];

const STEPS = [
  // eslint's module boundaries read the project graph that this leaves behind.
  { name: 'graph', command: [...nx, 'show', 'projects'] },
  { name: 'lint', command: [...bin('eslint', 'bin/eslint.js'), '.', '--max-warnings=0'] },
  { name: 'format', command: [...bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
  { name: 'spelling', command: [...bin('cspell', 'bin.mjs'), 'lint', '--no-progress', '--no-summary'] },
  { name: 'types', command: [...tsc, '--build'] },
  { name: 'types-of-tests', command: [...tsc, '--project', 'tsconfig.spec.json'] },
  { name: 'packages', command: [process.execPath, join(root, 'tools/release/check.mjs')] },
  { name: 'docs', command: [process.execPath, join(root, 'tools/site/build.mjs')] },
  { name: 'unit', command: tests },
  { name: 'boot', command: [...nx, 'run-many', '-t', 'boot-cranelift', 'boot-llvm'] },
  { name: 'e2e-no-boot', command: [...e2e, '--fileParallelism', '--maxWorkers=2', ...WITHOUT_BOOTS] },
  { name: 'e2e', command: [...e2e, ...APART.flatMap((file) => ['--exclude', file])] },
  { name: 'soak', command: [...e2e, fileOf('soak')] },
  // What takes long and seldom breaks runs where it is asked for: CI has a job for each.
  { name: 'registry', asked: true, command: [...e2e, fileOf('packages')] },
  { name: 'checkout-llvm', asked: true, command: [...e2e, fileOf('checkout-llvm')] },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  process.stderr.write(`unknown step ${unknown.join(', ')}; there are: ${STEPS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

/** What vitest counted in the step that has just run; a step without vitest is one test. */
function counted(status) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(counts, 'utf8'));
    // A file that cannot be loaded fails the run without a test that failed.
    return { passed: numPassedTests, failed: Math.max(numFailedTests, status === 0 ? 0 : 1) };
  } catch {
    return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
  }
}

/** The longest step, e2e, takes less than half of it on two cores. */
const STEP_SECONDS = 2400;

const results = [];
for (const { name, command } of STEPS.filter(({ name, asked }) =>
  wanted.length === 0 ? !asked : wanted.includes(name),
)) {
  process.stdout.write(`\n━━ ${name}\n`);
  rmSync(counts, { force: true });
  const start = performance.now();
  const status = await runStep(command, {
    limit: STEP_SECONDS,
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  results.push({ name, ...counted(status), seconds: (performance.now() - start) / 1000 });
  // The rest would only repeat what is broken.
  if (status !== 0) break;
}

process.stdout.write('\n');
for (const { name, passed, failed, seconds } of results) {
  const mark = failed === 0 ? '✓' : '✗';
  process.stdout.write(
    `${mark} ${name.padEnd(16)} ${String(passed).padStart(5)} passed ${seconds.toFixed(1).padStart(8)} s\n`,
  );
}
const sum = (of) => results.reduce((total, result) => total + of(result), 0);
const failed = sum((result) => result.failed);
process.stdout.write(`\n${sum((result) => result.passed)} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
