#!/usr/bin/env node
// How long an initfs image takes, beside what the system's own tools need for the same tree: `cp -r` and `cpio -o`.
// Each is run several times in turn; the median counts. Every program starts with the files in the page cache, and
// none of them waits for the disk. Exit status 1: the writer is slower, or needs more memory, than it may.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROUNDS = 5;
// For trees of large files. Small ones cost cp more than us, and the list of them is most of our memory.
const MAX_TIMES_CP = 1.5;
const MAX_TIMES_LARGEST = 3;
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

const fail = (text) => {
  process.exitCode = 1;
  process.stderr.write(`${text}\n`);
};
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** The writer inside one process: milliseconds with and without the start of Node, and how much its memory grows. */
function writer(tree, image) {
  const script = `
    const { scanDirectory, writeInitfs } = require(${JSON.stringify(join(root, 'packages/initfs/dist/index.js'))});
    (async () => {
      const idle = process.resourceUsage().maxRSS;
      const start = performance.now();
      await writeInitfs({ root: scanDirectory(${JSON.stringify(tree)}) }, { format: 'C', output: ${JSON.stringify(image)}, sizeBudget: 2 ** 32 });
      console.log(JSON.stringify({ ms: performance.now() - start, kib: process.resourceUsage().maxRSS - idle }));
    })();`;
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return { ...JSON.parse(stdout), processMs: performance.now() - start };
}

const rows = [];
const hasCpio = spawnSync('cpio', ['--version']).status === 0;
try {
  for (const { name, fill, largest, limited } of [
    { name: '25 programs, 60 MB', fill: programs, largest: 2_400_000 + 24 * 4096, limited: true },
    { name: '20,000 small files', fill: smallFiles, largest: 400, limited: false },
  ]) {
    const tree = join(base, 'tree');
    const image = join(base, 'x.img');
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(tree);
    fill(tree);
    const times = { write: [], process: [], cp: [], cpio: [] };
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
      times.process.push(own.processMs);
      times.cp.push(cp);
      if (cpio !== undefined) times.cpio.push(cpio);
    }
    const show = (ms) => (ms === undefined ? 'not installed' : `${ms.toFixed(0)} ms`);
    const [write, whole, cp, cpio] = [times.write, times.process, times.cp, times.cpio].map(median);
    rows.push([
      name,
      show(write),
      show(whole),
      show(cp),
      show(cpio),
      (write / cp).toFixed(2),
      `${(kib / 1024).toFixed(0)} MiB`,
      `${(largest / 2 ** 20).toFixed(1)} MiB`,
    ]);
    if (limited && write > MAX_TIMES_CP * cp)
      fail(`${name}: ${(write / cp).toFixed(2)} times cp -r is more than ${MAX_TIMES_CP}`);
    if (limited && kib * 1024 > MAX_TIMES_LARGEST * largest)
      fail(`${name}: the memory is more than ${MAX_TIMES_LARGEST} times the largest file`);
  }
} finally {
  rmSync(base, { recursive: true, force: true });
}

const head = [
  'tree',
  'image',
  'with the start of Node',
  '`cp -r`',
  '`cpio -o`',
  'times cp',
  'memory grows by',
  'largest file',
];
const line = (cells) => `| ${cells.join(' | ')} |\n`;
process.stdout.write(line(head) + line(head.map(() => '---')) + rows.map(line).join(''));
process.stdout.write(`load of the machine: ${loadavg()[0].toFixed(1)}\n`);
