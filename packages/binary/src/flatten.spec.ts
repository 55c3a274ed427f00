import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseElf } from './elf';
import { flattenElf } from './flatten';
import { buildElf, type ElfSpec } from './testing/build-elf';

const spec: ElfSpec = {
  entry: 0xffff000000081002n,
  segments: [
    // The first segment maps the file header too, as linkers like to do; .text begins behind it.
    {
      virtualAddress: 0xffff000000080000n,
      physicalAddress: 0x40080000n,
      offset: 0,
      fileSize: 0x1004,
      memorySize: 0x1004n,
    },
    {
      virtualAddress: 0xffff000000083000n,
      physicalAddress: 0x40083000n,
      offset: 0x1010,
      fileSize: 3,
      memorySize: 0x100n,
      flags: 6,
    },
  ],
  sections: [
    { name: '.text', flags: 6, address: 0xffff000000081000n, offset: 0x1000, bytes: Uint8Array.of(1, 2, 3, 4) },
    { name: '.data', flags: 3, address: 0xffff000000083000n, offset: 0x1010, bytes: Uint8Array.of(5, 6, 7) },
    { name: '.bss', type: 8, flags: 3, address: 0xffff000000083010n, offset: 0x1013, size: 0xf0 },
  ],
};

describe('flattenElf', () => {
  it('places the sections at their physical addresses', () => {
    const image = flattenElf(parseElf(buildElf(spec)));
    expect(image.base).toBe(0x40081000n);
    expect(image.entryOffset).toBe(2);
    expect(image.bytes.length).toBe(0x2003);
    expect([...image.bytes.subarray(0, 5)]).toEqual([1, 2, 3, 4, 0]);
    expect([...image.bytes.subarray(0x2000)]).toEqual([5, 6, 7]);
  });

  it('writes what objcopy writes', () => {
    const dir = mkdtempSync(join(tmpdir(), 'flatten-'));
    try {
      // The host's objcopy may know no aarch64: the machine does not change the layout.
      const file = buildElf({ ...spec, machine: 62 });
      writeFileSync(join(dir, 'in'), file);
      execFileSync('objcopy', ['-O', 'binary', join(dir, 'in'), join(dir, 'out')]);
      expect(Buffer.from(flattenElf(parseElf(file)).bytes)).toEqual(readFileSync(join(dir, 'out')));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('takes whole segments of a file without sections', () => {
    const image = flattenElf(
      parseElf(buildElf({ entry: 0x9000n, segments: [{ virtualAddress: 0x8000n, bytes: new Uint8Array(5) }] })),
    );
    expect(image).toMatchObject({ base: 0x8000n, entryOffset: undefined });
    expect(image.bytes.length).toBe(5);
  });

  it('refuses files with nothing to load, or with parts far apart', () => {
    expect(() => flattenElf(parseElf(buildElf({ segments: [] })))).toThrow(/nothing to boot/);
    const apart = { virtualAddress: 0x1000n, bytes: code };
    expect(() =>
      flattenElf(parseElf(buildElf({ segments: [apart, { ...apart, virtualAddress: 0xffff000000000000n }] }))),
    ).toThrow(/between 0x1000 and 0xffff000000000004/);
  });
});

const code = new Uint8Array(4);
