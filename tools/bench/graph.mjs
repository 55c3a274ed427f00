#!/usr/bin/env node
// What the plugin adds to `nx show projects` on a tree as large as Redox's cookbook: with and without it in turn, in a
// workspace of its own that loads the compiled packages, without the daemon. Prints a table and, with --json, the figures.
//   node tools/bench/graph.mjs [--runs=9] [--recipes=3467] [--keep] [--json]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COOKBOOK, writeCookbookTree } from './cookbook-tree.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    recipes: { type: 'string', default: String(COOKBOOK) },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(options.runs);
const recipes = Number(options.recipes);

/** Installs the packages as npm would: compiled, in node_modules; everything else is linked. */
function installPackages(workspace) {
  const modules = join(workspace, 'node_modules');
  mkdirSync(join(modules, '@nx-redox'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@nx-redox') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const [from, to] = [join(ROOT, 'packages', name), join(modules, '@nx-redox', name)];
    for (const entry of readdirSync(from)) {
      if (entry === 'dist' || entry.endsWith('.json')) cpSync(join(from, entry), join(to, entry), { recursive: true });
    }
  }
}

function makeWorkspace() {
  const workspace = mkdtempSync(join(tmpdir(), 'nx-redox-bench-'));
  const write = (file, text) => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  installPackages(workspace);
  write('package.json', '{ "name": "bench", "private": true }\n');
  write('.gitignore', 'node_modules\n.nx\n');
  write('nx.json', JSON.stringify({
    plugins: [{ plugin: '@nx-redox/plugin', options: { systems: ['cookbook'] } }],
    analytics: false, cacheDirectory: '.nx/cache', neverConnectToCloud: true, tui: { enabled: false },
  }));
  write('recipes/toolchain/toolchain.toml', '[toolchain]\nrust = "1.95.0"\n');
  writeCookbookTree(join(workspace, 'recipes', 'cookbook'), recipes);
  spawnSync('git', ['init', '--quiet'], { cwd: workspace });
  return workspace;
}

/** A probe that each node process loads: the most memory that one of them held. */
const MEMORY_PROBE = `process.on('exit', () => require('node:fs').appendFileSync(process.env.BENCH_MEMORY, process.resourceUsage().maxRSS + '\\n'));`;

function show(workspace, { enabled, cold }) {
  if (cold) rmSync(join(workspace, '.nx'), { recursive: true, force: true });
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/nx/dist/bin/nx.js'), 'show', 'projects', '--json'],
    {
      cwd: workspace, encoding: 'utf8', maxBuffer: 64 << 20,
      env: { ...process.env, NX_DAEMON: 'false', CI: 'true', NX_NO_CLOUD: 'true', NX_REDOX_DISABLE: enabled ? '' : '1' },
    },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`nx show projects failed:\n${stderr}`);
  return { milliseconds: seconds * 1000, projects: JSON.parse(stdout).length };
}

function memory(workspace) {
  const probe = join(workspace, 'probe.cjs');
  const log = join(workspace, '.nx/memory.txt');
  writeFileSync(probe, MEMORY_PROBE);
  const peaks = {};
  for (const enabled of [false, true]) {
    rmSync(join(workspace, '.nx'), { recursive: true, force: true });
    mkdirSync(dirname(log), { recursive: true });
    spawnSync(process.execPath, ['--require', probe, join(ROOT, 'node_modules/nx/dist/bin/nx.js'), 'show', 'projects'], {
      cwd: workspace, maxBuffer: 64 << 20,
      env: { ...process.env, NX_DAEMON: 'false', CI: 'true', NODE_OPTIONS: `--require=${probe}`, BENCH_MEMORY: log, NX_REDOX_DISABLE: enabled ? '' : '1' },
    });
    peaks[enabled] = spawnSync('cat', [log], { encoding: 'utf8' }).stdout.trim().split('\n').map((line) => Math.round(Number(line) / 1024)).sort((a, b) => b - a);
  }
  rmSync(probe);
  return peaks;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const workspace = makeWorkspace();
try {
  const figures = {};
  for (const kind of ['cold', 'warm']) {
    const times = { on: [], off: [] };
    let projects = 0;
    for (const enabled of [false, true]) show(workspace, { enabled, cold: true });
    for (let run = 0; run < runs; run++) {
      // In turn, so that what else the machine does hits both. A warm run repeats the state that its own kind left.
      for (const enabled of [false, true]) {
        if (kind === 'warm') show(workspace, { enabled, cold: false });
        const result = show(workspace, { enabled, cold: kind === 'cold' });
        times[enabled ? 'on' : 'off'].push(result.milliseconds);
        if (enabled) projects = result.projects;
      }
    }
    const differences = times.on.map((time, run) => time - times.off[run]);
    figures[kind] = { projects, without: median(times.off), with: median(times.on), difference: median(differences), ratio: median(times.on) / median(times.off) };
  }
  figures.memory = memory(workspace);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  } else {
    process.stdout.write('| cache | projects | without the plugin | with it | added | ratio |\n|---|---|---|---|---|---|\n');
    for (const kind of ['cold', 'warm']) {
      const { projects, without, with: on, difference, ratio } = figures[kind];
      process.stdout.write(`| ${kind === 'cold' ? 'empty' : 'warm'} | ${projects} | ${without.toFixed(0)} ms | ${on.toFixed(0)} ms | ${difference.toFixed(0)} ms | ${ratio.toFixed(2)} |\n`);
    }
    process.stdout.write(`\nMost memory of each process: ${figures.memory.false.join(', ')} MiB without, ${figures.memory.true.join(', ')} MiB with the plugin.\n`);
  }
} finally {
  if (options.keep) process.stderr.write(`kept: ${workspace}\n`);
  else rmSync(workspace, { recursive: true, force: true });
}
