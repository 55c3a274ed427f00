import { describe, expect, it } from 'vitest';
import { producerOf } from './producer';
import { buildCoff } from './testing/build-coff';
import { buildAr, buildElf, type SymbolSpec } from './testing/build-elf';

const PLAIN = 'rustc version 1.95.0 (59807616e 2026-04-14)';
const CRANELIFT = `${PLAIN} with cranelift 0.128.3`;
const file = (name: string): SymbolSpec => ({ name, type: 4, binding: 0, section: 0xfff1 });
const object = (comment: string, name: string) =>
  buildElf({ type: 1, segments: [], comments: [comment], symbols: [file(name)] });

const craneliftObject = object(CRANELIFT, 'logd.1582ca7a78bcd498-cgu.0.o');
const llvmObject = object(PLAIN, 'logd.1582ca7a78bcd498-cgu.0');
const assemblyObject = object(PLAIN, 'rust_out.a9417c219dda1213-cgu.0');
const rlib = (...objects: [string, Uint8Array][]) =>
  buildAr([{ name: 'lib.rmeta', bytes: buildElf({ type: 1 }) }, ...objects.map(([name, bytes]) => ({ name, bytes }))]);

describe('producerOf an archive', () => {
  it('names the crate of each codegen unit', () => {
    const report = producerOf(rlib(['logd-1.logd.1582ca7a78bcd498-cgu.0.rcgu.o', craneliftObject]));
    expect(report).toMatchObject({ producer: 'cranelift', certain: true });
    expect(report.units).toEqual([
      { name: 'logd-1.logd.1582ca7a78bcd498-cgu.0.rcgu.o', crate: 'logd', by: 'cranelift' },
    ]);
  });

  it("does not take a Cranelift crate's assembly for code of LLVM", () => {
    const report = producerOf(rlib(['l.x.rcgu.o', craneliftObject], ['l.x.rcgu.asm.o', assemblyObject]));
    expect(report.producer).toBe('cranelift');
    expect(report.units.map((unit) => unit.by)).toEqual(['cranelift', 'assembly']);
  });

  it('knows assembly by its file symbol, too', () => {
    expect(producerOf(rlib(['renamed.o', assemblyObject])).units[0]?.by).toBe('assembly');
    expect(producerOf(rlib(['renamed.o', assemblyObject])).producer).toBe('unknown');
  });

  it('reads objects in PE/COFF, in which LLVM leaves the name of its codegen unit only', () => {
    const unit = 'loader.1582ca7a78bcd498-cgu.0';
    expect(producerOf(rlib(['a.rcgu.o', buildCoff({ file: unit })]))).toMatchObject({
      producer: 'llvm',
      units: [{ crate: 'loader', by: 'llvm' }],
    });
    expect(producerOf(rlib(['a.rcgu.o', buildCoff({ file: `${unit}.o`, comment: CRANELIFT })])).producer).toBe(
      'cranelift',
    );
    expect(producerOf(rlib(['c.o', buildCoff({ file: 'memcpy.c' })]))).toMatchObject({
      producer: 'unknown',
      units: [{ by: 'other' }],
    });
  });

  it('tells LLVM, mixtures, other compilers and crates without code', () => {
    expect(producerOf(rlib(['a.o', llvmObject])).producer).toBe('llvm');
    expect(producerOf(rlib(['a.o', llvmObject], ['b.o', craneliftObject])).producer).toBe('mixed');
    expect(producerOf(rlib(['c.o', object('GCC: 12.2', 'c.c')]))).toMatchObject({
      producer: 'unknown',
      units: [{ by: 'other' }],
    });
    expect(producerOf(rlib())).toMatchObject({ producer: 'unknown', units: [] });
  });
});

describe('producerOf a linked file', () => {
  it('separates the units of an unstripped file', () => {
    const symbols = ['init.f949a84ed28c3ea-cgu.0.o', 'rust_out.a9417c219dda1213-cgu.0'].map(file);
    const clean = buildElf({ comments: [CRANELIFT, PLAIN, 'Linker: LLD 19'], symbols });
    expect(producerOf(clean)).toMatchObject({ producer: 'cranelift', certain: true });
    expect(producerOf(clean).units.map((unit) => unit.crate)).toEqual(['init', undefined]);
    const mixed = buildElf({
      comments: [CRANELIFT, PLAIN],
      symbols: [...symbols, file('core.ed33420e0a58763e-cgu.1')],
    });
    const report = producerOf(mixed);
    expect(report.producer).toBe('mixed');
    expect(report.units.filter((unit) => unit.by === 'llvm')).toEqual([
      { name: 'core.ed33420e0a58763e-cgu.1', crate: 'core', by: 'llvm' },
    ]);
  });

  it('reads the units of incremental builds', () => {
    const unit = (name: string) => producerOf(buildElf({ comments: [PLAIN], symbols: [file(name)] })).units[0]?.by;
    expect(unit('7xhryqb81e5yw3hvfzd070w6w.o')).toBe('cranelift');
    expect(unit('7xhryqb81e5yw3hvfzd070w6w')).toBe('llvm');
    expect(unit('crtstuff.c')).toBeUndefined();
  });

  it('says what a stripped file leaves open', () => {
    expect(producerOf(buildElf({ comments: [CRANELIFT] }))).toMatchObject({ producer: 'cranelift', certain: true });
    expect(producerOf(buildElf({ comments: [PLAIN] }))).toMatchObject({ producer: 'llvm', certain: true });
    expect(producerOf(buildElf({ comments: [CRANELIFT, PLAIN] }))).toMatchObject({
      producer: 'cranelift',
      certain: false,
    });
    expect(producerOf(buildElf())).toMatchObject({ producer: 'unknown', certain: false });
  });

  it('reads DW_AT_producer of debug information', () => {
    const abbrev = Uint8Array.of(1, 0x11, 0, 0x25, 0x0e, 0x03, 0x08, 0, 0, 0);
    const strings = Buffer.from(`clang LLVM (${PLAIN})\0`);
    const name = Buffer.from('src/lib.rs/@/alloc.ed33420e0a58763e-cgu.0\0');
    const body = Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0, 0]), name]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    const report = producerOf(
      buildElf({
        comments: [CRANELIFT, PLAIN],
        sections: [
          { name: '.debug_info', bytes: Buffer.concat([length, body]) },
          { name: '.debug_abbrev', bytes: abbrev },
          { name: '.debug_str', bytes: strings },
        ],
      }),
    );
    expect(report.producer).toBe('mixed');
    expect(report.units).toEqual([{ name: 'alloc.ed33420e0a58763e-cgu.0', crate: 'alloc', by: 'llvm' }]);
  });

  it('refuses what is neither', () => {
    expect(() => producerOf(Buffer.from('hello'), 'x.txt')).toThrow(/neither an ELF file nor an ar archive/);
  });
});

describe('debug information that cannot be read', () => {
  const compressed = (kind: number) => {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(kind, 0);
    header.writeBigUInt64LE(100n, 8);
    return Buffer.concat([header, Buffer.from('neither zlib nor zstd')]);
  };

  it.each([
    ['by zstd', 2],
    ['in a way that nobody knows', 77],
    ['and damaged', 1],
  ])('costs its part of the evidence, and not the answer: compressed %s', (_, kind) => {
    const bytes = buildElf({
      type: 2,
      comments: [CRANELIFT],
      symbols: [file('logd.1582ca7a78bcd498-cgu.0.o')],
      sections: [
        { name: '.debug_info', flags: 0x800, bytes: compressed(kind) },
        { name: '.debug_abbrev', flags: 0x800, bytes: compressed(kind) },
      ],
    });
    const report = producerOf(bytes);
    expect(report).toMatchObject({ producer: 'cranelift', certain: true });
    expect(report.evidence.at(-1)).toContain('debug information was left out: ');
  });
});
