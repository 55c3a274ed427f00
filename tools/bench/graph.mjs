#!/usr/bin/env node
// What the plugin adds to `nx show projects` on a tree as large as Redox's cookbook: disabled, replaced by one that gives
// Nx bare projects, and enabled, in turn, in a workspace of its own that loads the compiled packages, without the daemon.
// Compile before (`npx tsc -b`). Prints a table, or with --json the figures.
//   node tools/bench/graph.mjs [--runs=9] [--recipes=3467] [--keep] [--json]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { COOKBOOK, writeCookbookTree } from './cookbook-tree.mjs';
import { installPackages, ROOT } from './installed.mjs';

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

async function makeWorkspace() {
  const workspace = mkdtempSync(join(tmpdir(), 'nx-redox-bench-'));
  const write = (file, text) => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  await installPackages(workspace);
  write('package.json', '{ "name": "bench", "private": true }\n');
  write('.gitignore', 'node_modules\n.nx\n');
  // Installed, because Nx prepares itself for TypeScript if a plugin is a file of the workspace.
  write('node_modules/bare-plugin/package.json', '{ "name": "bare-plugin", "version": "1.0.0", "main": "index.js" }\n');
  write('node_modules/bare-plugin/index.js', BARE_PLUGIN);
  write('recipes/toolchain/toolchain.toml', '[toolchain]\nrust = "1.95.0"\n');
  writeCookbookTree(join(workspace, 'recipes', 'cookbook'), recipes);
  spawnSync('git', ['init', '--quiet'], { cwd: workspace });
  return workspace;
}

/** What Nx itself needs for so many projects: a plugin that gives it their names, and nothing else. */
const BARE_PLUGIN = `
const { posix } = require('node:path');
const nodes = (files) => files.map((file) => {
  const root = posix.dirname(file);
  return [file, { projects: { [root]: { root, name: root.replaceAll('/', '-'), projectType: 'application' } } }];
});
exports.createNodes = exports.createNodesV2 = ['recipes/**/recipe.toml', nodes];
`;

const PLUGIN = { plugin: '@nx-redox/plugin', options: { systems: ['cookbook'] } };
const VARIANTS = {
  without: { plugins: [PLUGIN], env: { NX_REDOX_DISABLE: '1' } },
  bare: { plugins: ['bare-plugin'], env: {} },
  with: { plugins: [PLUGIN], env: { NX_REDOX_DISABLE: '' } },
};

/** A probe that each node process loads: the most memory that one of them held. */
const MEMORY_PROBE = `process.on('exit', () => require('node:fs').appendFileSync(process.env.BENCH_MEMORY, process.resourceUsage().maxRSS + '\\n'));`;

/** Runs `nx show projects` once; times in milliseconds, CPU time with that of all child processes. */
function show(workspace, variant, { cold = false, env = {} } = {}) {
  const { plugins, env: variantEnv } = VARIANTS[variant];
  // Each variant has its own caches, so that a warm run finds what its own kind left.
  const data = join(workspace, '.nx', variant);
  if (cold) rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  writeFileSync(join(workspace, 'nx.json'), JSON.stringify({ plugins, analytics: false, neverConnectToCloud: true }));
  const command = [process.execPath, join(ROOT, 'node_modules/nx/dist/bin/nx.js'), 'show', 'projects', '--json'];
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 3>"$ERRORS" 2>"$TIMES"', 'bash', ...command],
    {
      cwd: workspace,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      env: {
        ...process.env,
        NX_DAEMON: 'false',
        CI: 'true',
        NX_TUI: 'false',
        ...variantEnv,
        ...env,
        NX_WORKSPACE_DATA_DIRECTORY: join(data, 'data'),
        NX_CACHE_DIRECTORY: join(data, 'cache'),
        TIMES: join(data, 'times'),
        ERRORS: join(data, 'errors'),
      },
    },
  );
  if (status !== 0)
    throw new Error(`nx show projects failed (${variant}):\n${stderr}${readFileSync(join(data, 'errors'), 'utf8')}`);
  const [wall, user, system] = readFileSync(join(data, 'times'), 'utf8')
    .trim()
    .split(' ')
    .map((text) => Number(text) * 1000);
  return { wall, cpu: user + system, projects: JSON.parse(stdout).length };
}

/** Calls the plugin alone, as Nx's worker does: what of the time is ours, without Nx's merging, messages and caches. */
const ALONE = `
const root = process.cwd();
const { readdirSync } = require('node:fs');
const files = readdirSync(root + '/recipes', { recursive: true }).filter((file) => file.endsWith('.toml')).map((file) => 'recipes/' + file).sort();
process.stderr.write = () => true;
const time = () => performance.now();
(async () => {
  const start = time();
  const plugin = require('@nx-redox/plugin');
  const loaded = time();
  const nodes = await plugin.createNodes[1](files, { systems: ['cookbook'] }, { workspaceRoot: root, nxJsonConfiguration: {} });
  const inferred = time();
  const projects = Object.fromEntries(nodes.flatMap(([, result]) => Object.values(result.projects ?? {}).map((project) => [project.name, project])));
  const before = time();
  plugin.createDependencies({ systems: ['cookbook'] }, { workspaceRoot: root, projects, externalNodes: {}, fileMap: { projectFileMap: {}, nonProjectFiles: [] } });
  console.log(JSON.stringify({ load: loaded - start, nodes: inferred - loaded, edges: time() - before }));
})();
`;

function alone(workspace, cold) {
  const data = join(workspace, '.nx/alone');
  if (cold) rmSync(data, { recursive: true, force: true });
  const { stdout } = spawnSync(process.execPath, ['-e', ALONE], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, NX_WORKSPACE_DATA_DIRECTORY: data, NX_REDOX_DISABLE: '' },
  });
  return JSON.parse(stdout);
}

/** Most memory (MiB) of each of the processes of a run. */
function memory(workspace, variant) {
  const probe = join(workspace, '.nx/probe.cjs');
  const log = join(workspace, '.nx/memory.txt');
  writeFileSync(probe, MEMORY_PROBE);
  rmSync(log, { force: true });
  show(workspace, variant, { cold: true, env: { NODE_OPTIONS: `--require=${probe}`, BENCH_MEMORY: log } });
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Math.round(Number(line) / 1024))
    .sort((a, b) => b - a);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const names = Object.keys(VARIANTS);

const workspace = await makeWorkspace();
try {
  for (const variant of names) show(workspace, variant, { cold: true });
  const figures = [];
  for (const cold of [true, false]) {
    const runsOf = Object.fromEntries(names.map((name) => [name, []]));
    // In turn, so that what else the machine does hits all of them.
    for (let run = 0; run < runs; run++) for (const name of names) runsOf[name].push(show(workspace, name, { cold }));
    for (const unit of ['wall', 'cpu']) {
      const of = (name) => runsOf[name].map((result) => result[unit]);
      const added = (name, base) => median(of(name).map((time, run) => time - of(base)[run]));
      figures.push({
        cache: cold ? 'empty' : 'warm',
        unit,
        projects: runsOf.with[0].projects,
        without: median(of('without')),
        bare: median(of('bare')),
        with: median(of('with')),
        added: added('with', 'without'),
        addedByNx: added('bare', 'without'),
        addedByPlugin: added('with', 'bare'),
        ratio: median(of('with')) / median(of('without')),
      });
    }
  }
  const own = Object.fromEntries(
    [true, false].map((cold) => {
      const results = Array.from({ length: runs }, () => alone(workspace, cold));
      return [
        cold ? 'empty' : 'warm',
        Object.fromEntries(
          ['load', 'nodes', 'edges'].map((part) => [part, median(results.map((result) => result[part]))]),
        ),
      ];
    }),
  );
  const peaks = Object.fromEntries(names.map((name) => [name, memory(workspace, name)]));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ runs, recipes, figures, own, memory: peaks }, null, 2)}\n`);
  } else {
    const ms = (value) => `${value.toFixed(0)} ms`;
    const rows = figures.map(({ cache, unit, without, bare, with: on, added, addedByNx, addedByPlugin, ratio }) => [
      cache,
      unit === 'cpu' ? 'CPU' : 'wall',
      ms(without),
      ms(bare),
      ms(on),
      ms(added),
      ms(addedByNx),
      ms(addedByPlugin),
      ratio.toFixed(2),
    ]);
    const header = [
      'cache',
      'time',
      'disabled',
      'bare projects',
      'plugin',
      'added',
      'of that: Nx',
      'of that: plugin',
      'ratio',
    ];
    for (const row of [header, header.map(() => '---'), ...rows]) process.stdout.write(`| ${row.join(' | ')} |\n`);
    for (const [cache, { load, nodes, edges }] of Object.entries(own)) {
      process.stdout.write(
        `\nThe plugin alone, ${cache} cache: nodes ${ms(nodes)}, edges ${ms(edges)}; to load its code ${ms(load)}.`,
      );
    }
    process.stdout.write(`\n\n${recipes} recipes, ${figures[0].projects} projects, medians of ${runs} runs. `);
    process.stdout.write(
      `Most memory of the processes: ${names.map((name) => `${name} ${peaks[name].slice(0, 2).join(' and ')} MiB`).join(', ')}.\n`,
    );
  }
} finally {
  if (options.keep) process.stderr.write(`kept: ${workspace}\n`);
  else rmSync(workspace, { recursive: true, force: true });
}
