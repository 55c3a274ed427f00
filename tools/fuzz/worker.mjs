// The child of fuzz.mjs: mutates, reads, reports.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.env.SWC_NODE_PROJECT ??= join(root, 'tsconfig.base.json');
const require = createRequire(import.meta.url);
require('@swc-node/register');
const elfPackage = {
  ...require(join(root, 'packages/binary/src/index.ts')),
  ...require(join(root, 'packages/bootcheck/src/index.ts')),
};
const initfsPackage = require(join(root, 'packages/initfs/src/index.ts'));
const { samples } = require('./samples.ts');

const { runs, seed, only, files } = JSON.parse(process.argv[2]);
const inputs = [...samples(), ...files.map((file) => ({ name: file, bytes: readFileSync(file) }))];
const SLOW_MS = 10_000;

/** Calls every reader that a file's first bytes lead to. */
function read(bytes) {
  const {
    FormatError,
    checkElf,
    checkPe,
    compileUnits,
    flattenElf,
    functionTable,
    isAr,
    isElf,
    isPe,
    parseElf,
    parsePe,
    producerOf,
    readAr,
    sizeBreakdown,
    stripElf,
  } = elfPackage;
  let accepted = false;
  const attempt = (action) => {
    try {
      action();
      accepted = true;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };
  if (isElf(bytes)) {
    attempt(() => {
      const elf = parseElf(bytes);
      for (const part of [
        () => elf.symbols(),
        () => elf.symbols('dynsym'),
        () => elf.relocationSections(),
        () => elf.notes(),
        () => elf.dynamic(),
        () => elf.comments(),
        () => compileUnits(elf),
        () => functionTable(elf).lookup(elf.entry),
        () => sizeBreakdown(elf),
        () => producerOf(bytes),
        () => flattenElf(elf, bytes.length * 4),
        () => stripElf(elf),
        ...['kernel', 'bootstrap', 'program'].map(
          (kind) => () => checkElf(elf, kind, { machine: 'aarch64', info: true, backend: 'cranelift' }),
        ),
      ]) {
        attempt(part);
      }
    });
  } else if (isAr(bytes)) {
    attempt(() => readAr(bytes));
    attempt(() => producerOf(bytes));
  } else if (isPe(bytes)) {
    attempt(() => checkPe(parsePe(bytes), { machine: 'aarch64' }));
  } else {
    attempt(() => {
      const { image } = initfsPackage.verifyInitfs(bytes);
      for (const { path } of initfsPackage.walk(image.root)) initfsPackage.findNode(image.root, path);
      initfsPackage.sizeReport(image);
      initfsPackage.diffImages(image, image);
    });
  }
  return accepted;
}

/** Small generator with a state of 32 bits (mulberry32): the same number gives the same input everywhere. */
function generator(state) {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const VALUES = [
  0, 1, 7, 8, 0x40, 0xff, 0x1000, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
];

function mutate(original, random) {
  let bytes = Buffer.from(original);
  const near = [0, 64, 256, 1024, bytes.length];
  for (let count = 1 + random(8); count > 0; count--) {
    // Headers and tables are at the beginning and at the end: most changes go there.
    const window = Math.max(1, Math.min(near[random(near.length)], bytes.length));
    const at = random(4) === 0 ? Math.max(0, bytes.length - 1 - random(window)) : random(window);
    switch (random(6)) {
      case 0:
        if (at < bytes.length) bytes[at] = random(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at] ^= 1 << random(8);
        break;
      case 2:
        if (at + 4 <= bytes.length) bytes.writeUInt32LE(VALUES[random(VALUES.length)], at);
        break;
      case 3:
        if (at + 4 <= bytes.length) bytes.writeUInt32LE(random(2) ? random(bytes.length + 16) : bytes.length, at & ~3);
        break;
      case 4: {
        // A part of the file over another part.
        const size = 1 + random(64);
        const from = random(bytes.length);
        bytes.copy(bytes, at, from, Math.min(from + size, bytes.length));
        break;
      }
      default:
        if (random(10) === 0) bytes = bytes.subarray(0, 1 + random(bytes.length));
    }
  }
  return bytes;
}

let accepted = 0;
let refused = 0;
let peak = 0;
let slowest = { ms: 0, run: 0, what: '', bytes: 0 };
const first = only ?? 0;
const end = only === undefined ? runs : only + 1;
for (let run = first; run < end; run++) {
  const random = generator((Math.imul(seed, 0x9e3779b1) ^ Math.imul(run, 0x85ebca6b)) | 0);
  const input = inputs[run % inputs.length];
  if (run % 100 === 0 || only !== undefined) process.send({ run, what: input.name });
  const bytes = run < inputs.length ? Buffer.from(input.bytes) : mutate(input.bytes, random);
  const before = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  try {
    if (read(bytes)) accepted++;
    else refused++;
  } catch (error) {
    process.send({ run, what: input.name, failure: error.stack ?? String(error) });
  }
  // The processor's time, which other programs do not make longer.
  const { user, system } = process.cpuUsage(start);
  const took = (user + system) / 1000;
  if (took > slowest.ms) slowest = { ms: took, run, what: input.name, bytes: bytes.length };
  peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  if (took > SLOW_MS)
    process.send({ run, what: input.name, failure: `${took.toFixed(0)} ms for ${bytes.length} bytes` });
}
process.send({ run: end, what: 'all', done: true, count: end - first, accepted, refused, peak, slowest }, () =>
  process.disconnect(),
);
