import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aarch64References, x86References } from './code-references';
import { STT_FILE } from './constants';
import { parseElf } from './elf';
import { mapProgram } from './program-map';
import { buildElf, type SymbolSpec } from './testing';
import { formatWhy, whyReport } from './why';

const words = (...list: number[]) => new Uint8Array(Uint32Array.from(list).buffer);
const NOP = 0xd503201f;
const RET = 0xd65f03c0;

describe('references in AArch64 code', () => {
  const targets = (...list: number[]) =>
    aarch64References({ bytes: words(...list), address: 0x400000n }).map(({ to }) => to);

  it('are branches, addresses and constants', () => {
    expect(targets(NOP, 0x94000002)).toEqual([0x40000cn]); // bl +8
    expect(targets(NOP, 0x17ffffff)).toEqual([0x400000n]); // b -4
    expect(targets(NOP, 0x10ffffe0)).toEqual([0x400000n]); // adr x0, -4
    expect(targets(0xb0000000, NOP, 0x91004000)).toEqual([0x401010n]); // adrp x0, +1; add x0, x0, 16
    expect(targets(0xb0000000, 0xf9400401)).toEqual([0x401008n]); // ldr x1, [x0, 8]
    expect(targets(0x58000040, RET, 0x00402000, 0)).toEqual([0x402000n]); // ldr x0, the constant behind it
  });

  it('forget a page when its register gets another value, and at the end of a function', () => {
    expect(targets(0xb0000000, 0xaa0103e0, 0x91004000)).toEqual([]); // mov x0, x1
    expect(targets(0xb0000000, RET, 0x91004000)).toEqual([]);
  });

  it('are read from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes, address) => {
        for (const { to } of aarch64References({ bytes, address })) expect(to).toBe(BigInt.asUintN(64, to));
        x86References({ bytes, address }, () => true);
      }),
    );
  });
});

it('references in x86-64 code are calls to beginnings, and operands relative to the instruction', () => {
  const bytes = Uint8Array.from([0xe8, 0x0b, 0, 0, 0, 0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0xe8, 1, 2, 3, 4]);
  expect(x86References({ bytes, address: 0x1000n }, (to) => to === 0x1010n).map(({ to }) => to)).toEqual([
    0x1010n,
    0x101cn,
  ]);
});

/** `_start` calls `one`, which names a table, which names `two`; nothing names `three`. */
function program(more: SymbolSpec[] = []) {
  const text = words(0x94000002, RET, 0xb0000000, 0x91000000, RET, RET, RET);
  const rodata = new Uint8Array(new BigUint64Array([0x400014n, 0n]).buffer);
  const sections = [
    { name: '.text', flags: 6, address: 0x400000n, bytes: text },
    { name: '.rodata', flags: 2, address: 0x401000n, bytes: rodata },
  ];
  const symbol = (name: string, value: bigint, size: bigint, section = 1) => ({
    name,
    value,
    size,
    type: 2,
    binding: 0,
    section,
  });
  const file = { name: 'tool.0123456789abcdef-cgu.0.o', type: STT_FILE, binding: 0, section: 0xfff1 };
  const symbols = [
    file,
    symbol('_start', 0x400000n, 8n),
    symbol('_RNvCs1_4core3one', 0x400008n, 12n),
    symbol('_RNvXCs1_5alloctNtCs1_4core5Clone3two', 0x400014n, 4n),
    symbol('three', 0x400018n, 4n),
    ...more,
  ];
  return parseElf(buildElf({ machine: 183, entry: 0x400000n, sections, symbols }), 'tool');
}

describe('a program', () => {
  it('is taken apart by symbols, with the way from the entry point', () => {
    const { items, pathTo, referrers, by } = mapProgram(program());
    expect(by).toBe('code');
    expect(items.map(({ name, crate, kind, size }) => [name, crate, kind, size])).toEqual([
      ['_start', 'tool', 'code', 8],
      ['core::one', 'core', 'code', 12],
      [expect.stringContaining('two'), 'alloc', 'code', 4],
      ['three', 'tool', 'code', 4],
      ['.rodata+0x0', undefined, 'data', 16],
    ]);
    expect(pathTo(2)?.map(({ name }) => name)).toEqual(['_start', 'core::one', '.rodata+0x0', items[2]!.name]);
    expect(pathTo(3)).toBeUndefined();
    expect(referrers(1)).toEqual([0]);
  });

  it('is reported as text', () => {
    const text = formatWhy(whyReport(program()), { own: 'bytes' });
    expect(text).toMatch(/ 12 +27\.3% {2}core\n/);
    expect(text).toMatch(/ 44 +100\.0% {2}all that is loaded/);
    expect(text).toContain('_start > core::one > .rodata+0x0 > ');
    expect(text).toContain('no way from the entry point was found');
  });

  it('needs symbols', () => {
    expect(() => whyReport(parseElf(buildElf({ machine: 183 }), 'stripped'))).toThrow(/stripped[^]*nothing/);
  });

  it('may have any symbols', () => {
    const value = fc.bigInt({ min: 0n, max: 0x402000n });
    const size = fc.bigInt({ min: 0n, max: 0x3000n });
    const any = fc.record({
      name: fc.constantFrom('a', '.L', '_RNv'),
      value,
      size,
      type: fc.constantFrom(0, 1, 2, 4),
      section: fc.nat(4),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (more) => {
        const report = whyReport(program(more));
        expect(report.total).toBe(44);
        expect(report.crates.reduce((sum, crate) => sum + crate.size, 0)).toBe(44);
      }),
    );
  });
});
