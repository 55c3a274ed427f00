#!/usr/bin/env node
// How long an initfs image takes, beside what the system's own tools need for the same tree: `cp -r` and `cpio -o`.
// Each is run several times in turn; the median counts. Every program starts with the files in the page cache.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROUNDS = 5;
const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = join(root, 'packages/initfs/dist/cli/cli.js');
if (!existsSync(tool)) {
  process.stderr.write('compile the packages first: npx tsc -b\n');
  process.exit(2);
}
const base = mkdtempSync(join(tmpdir(), 'bench-initfs-'));

/** Bytes that no disk or tool can make smaller; the same in every run. */
function noise(size, seed) {
  const parts = [];
  for (let i = 0; parts.length * 64 < size; i++) parts.push(createHash('sha512').update(`${seed} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, size);
}

function programs(dir) {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  for (let i = 0; i < 25; i++)
    writeFileSync(join(dir, 'bin', `program${i}`), noise(2_400_000 + i * 4096, i), { mode: 0o755 });
}

function smallFiles(dir) {
  for (let i = 0; i < 20_000; i++) {
    const folder = join(dir, `d${i % 200}`);
    if (i < 200) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${i}`), `file ${i}\n`.repeat(1 + (i % 40)));
  }
}

function timed(command, args, input) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    cwd: base,
    input,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return performance.now() - start;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** The writer inside one process: seconds without the start of Node, and the largest memory of the process. */
function writer(tree, image) {
  const script = `
    const { scanDirectory, writeInitfs } = require(${JSON.stringify(join(root, 'packages/initfs/dist/index.js'))});
    (async () => {
      const idle = process.resourceUsage().maxRSS;
      const start = performance.now();
      await writeInitfs({ root: scanDirectory(${JSON.stringify(tree)}) }, { format: 'C', output: ${JSON.stringify(image)}, sizeBudget: 2 ** 32 });
      console.log(JSON.stringify({ ms: performance.now() - start, kib: process.resourceUsage().maxRSS - idle }));
    })();`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const hasCpio = spawnSync('cpio', ['--version']).status === 0;
try {
  for (const { name, fill, largest } of [
    { name: '25 programs, 60 MB', fill: programs, largest: 2_400_000 + 24 * 4096 },
    { name: '20,000 small files', fill: smallFiles, largest: 400 },
  ]) {
    const tree = join(base, 'tree');
    const image = join(base, 'x.img');
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(tree);
    fill(tree);
    const times = { write: [], cp: [], cpio: [] };
    let kib = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      rmSync(join(base, 'copy'), { recursive: true, force: true });
      rmSync(image, { force: true });
      const own = writer(tree, image);
      const cp = timed('cp', ['-r', tree, join(base, 'copy')]);
      const cpio = hasCpio ? timed('sh', ['-c', 'find tree | cpio -o -H newc > x.cpio']) : undefined;
      // The first round fills the page cache.
      if (round === 0) continue;
      kib = Math.max(kib, own.kib);
      times.write.push(own.ms);
      times.cp.push(cp);
      if (cpio !== undefined) times.cpio.push(cpio);
    }
    const show = (ms) => (ms === undefined ? 'not installed' : `${ms.toFixed(0)} ms`);
    const [write, cp, cpio] = [median(times.write), median(times.cp), median(times.cpio)];
    process.stdout.write(
      `${name}: image ${show(write)} (${(statSync(image).size / 1e6).toFixed(1)} MB), cp -r ${show(cp)}, cpio -o ${show(cpio)}; ` +
        `${(write / cp).toFixed(2)} times cp; memory +${(kib / 1024).toFixed(0)} MiB (largest file ${(largest / 2 ** 20).toFixed(1)} MiB)\n`,
    );
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}
