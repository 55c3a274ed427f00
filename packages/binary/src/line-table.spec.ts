import fc from 'fast-check';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseElf, readElf } from './elf';
import { functionTable } from './functions';
import { lineTable } from './line-table';
import { buildElf } from './testing/build-elf';

const SOURCE = `static int twice(int x) { return 2 * x; }
int counted;
int loop(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += twice(i) ^ counted;
  return sum;
}
#include "other.h"
int last(int x) {
  if (x > 3)
    return loop(x);
  return other(x);
}
`;

let dir: string;
let compiler: string | undefined;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nx-redox-lines-'));
  await writeFile(join(dir, 'a.c'), SOURCE);
  await writeFile(join(dir, 'other.h'), 'int other(int x)\n{\n  return x * x + counted;\n}\n');
  for (const name of ['cc', 'gcc', 'clang']) {
    const found = await run(name, ['--version']).catch(() => undefined);
    if (found?.exitCode === 0) compiler ??= name;
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function compiled(version: number, optimize: string): Promise<string> {
  const file = join(dir, `a${version}${optimize}.so`);
  const flags = ['-shared', '-nostdlib', '-fPIC', '-g', `-gdwarf-${version}`, optimize];
  const { exitCode, stderr } = await run(compiler!, [...flags, '-o', file, 'a.c'], { cwd: dir });
  expect(exitCode, stderr).toBe(0);
  return file;
}

describe('the line table', () => {
  it.each([
    [2, '-O0'],
    [3, '-O0'],
    [4, '-O2'],
    [5, '-O0'],
    [5, '-O2'],
  ])('of DWARF %i, with %s, says what addr2line says', async (version, optimize) => {
    if (compiler === undefined) expect.fail('a C compiler is needed: apt-get install gcc, or clang');
    const file = await compiled(version, optimize);
    const elf = await readElf(file);
    const lines = lineTable(elf);
    const addresses = functionTable(elf).functions.flatMap(({ start, end }) =>
      Array.from({ length: Number(end - start) }, (_, i) => start + BigInt(i)),
    );
    expect(addresses.length).toBeGreaterThan(50);
    const asked = await run('addr2line', ['-e', file, ...addresses.map((address) => address.toString(16))]);
    const theirs = asked.stdout.split('\n').map((line) => line.replace(/ \(discriminator \d+\)$/, ''));
    const ours = addresses
      .map((address) => lines.lookup(address))
      .map((place) => place && `${place.file}:${place.line}`);
    const known = theirs.flatMap((place, i) => (/[?]/.test(place) || place === '' ? [] : [i]));
    expect(known.map((i) => ours[i])).toEqual(known.map((i) => theirs[i]));
    expect(known.length).toBeGreaterThan(50);
    expect(lines.filesNamed('other.h')).toEqual([join(dir, 'other.h')]);
    expect(lines.filesNamed('ther.h')).toEqual([]);
  });

  it('of a file without one is empty', () => {
    expect(lineTable(parseElf(buildElf({}))).lookup(0x400000n)).toBeUndefined();
  });

  it('that is damaged costs lines and nothing else', async () => {
    if (compiler === undefined) expect.fail('a C compiler is needed: apt-get install gcc, or clang');
    const good = await readFile(await compiled(5, '-O0'));
    const sections = parseElf(good).sections.filter(({ name }) => /^\.debug_(?:line|info|line_str)$/.test(name));
    expect(sections).toHaveLength(3);
    const damage = fc.array(fc.tuple(fc.constantFrom(...sections), fc.nat(4000), fc.nat(255)), { minLength: 1 });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(good);
        for (const [{ offset, size }, at, value] of changes) bytes[offset + (at % size)] = value;
        const lines = lineTable(parseElf(bytes));
        for (let address = 0x1000n; address < 0x1200n; address += 7n) lines.lookup(address);
      }),
    );
  });
});
