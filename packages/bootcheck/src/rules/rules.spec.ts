import { describe, expect, it } from 'vitest';
import { redox } from '@nx-redox/redox';
import { parseElf } from '@nx-redox/binary';
import { buildElf, type ElfSpec, type SegmentSpec, type SymbolSpec } from '@nx-redox/binary/testing';
import { checkElf, RULES } from '.';
import type { CheckOptions, ElfKind } from './rule';

const { memory } = redox;
const code = new Uint8Array(64);
/** Maps the file's first 64 bytes, as a linker without a script does. */
const text: SegmentSpec = { virtualAddress: 0x400000n, offset: 0, fileSize: 64 };
const rustc = 'rustc version 1.95.0 (59807616e 2026-04-14)';
const symbol = (name: string, value = 0x400000n): SymbolSpec => ({ name, value });
const unit = (name: string): SymbolSpec => ({ name, type: 4, binding: 0, section: 0xfff1 });
/** A kernel of these instructions. */
const kernel = (...instructions: number[]): ElfSpec => ({
  sections: [
    { name: '.text', flags: 6, address: 0x400000n, bytes: new Uint8Array(new Uint32Array(instructions).buffer) },
  ],
});

/** A bootstrap: one segment that maps the file from its header on. */
function bootstrap(change: (load: SegmentSpec) => SegmentSpec = (load) => load): ElfSpec {
  return {
    entry: 0x3000n,
    segments: [change({ virtualAddress: 0x3000n, offset: 0x1000, bytes: code })],
  };
}

interface Pair {
  rule: string;
  kind?: ElfKind;
  backend?: CheckOptions['backend'];
  passes: ElfSpec;
  fails: ElfSpec;
  message: RegExp;
}

const dynamic = (...entries: bigint[]) => new Uint8Array(new BigUint64Array([...entries, 0n, 0n]).buffer);

const pairs: Pair[] = [
  { rule: 'type-exec', passes: { type: 2 }, fails: { type: 3 }, message: /ET_DYN \(position-independent\)/ },
  { rule: 'machine', passes: { machine: 183 }, fails: { machine: 62 }, message: /for x86_64, not for aarch64/ },
  { rule: 'class', passes: { bits: 64 }, fails: { bits: 32 }, message: /32-bit file, not 64-bit/ },
  { rule: 'class', passes: {}, fails: { littleEndian: false }, message: /big endian/ },
  { rule: 'entry-set', passes: {}, fails: { entry: 0n }, message: /entry point is 0/ },
  {
    rule: 'entry-executable',
    passes: { segments: [text] },
    fails: { entry: 0x500000n },
    message: /0x500000 is in no LOAD/,
  },
  {
    rule: 'entry-executable',
    passes: { segments: [{ ...text, flags: 5 }] },
    fails: { segments: [{ ...text, flags: 6 }] },
    message: /which is not executable/,
  },
  {
    rule: 'entry-executable',
    passes: { segments: [{ ...text, memorySize: 256n }] },
    fails: { entry: 0x400080n, segments: [{ ...text, memorySize: 256n }] },
    message: /zero-filled part/,
  },
  { rule: 'loads', passes: {}, fails: { segments: [] }, message: /no LOAD segment/ },
  {
    rule: 'loads-complete',
    passes: { segments: [text] },
    fails: { segments: [{ ...text, fileSize: 4096 }] },
    message: /the file ends at 0x78/,
  },
  {
    rule: 'loads-complete',
    passes: { segments: [{ ...text, memorySize: 64n }] },
    fails: { segments: [{ ...text, memorySize: 63n }] },
    message: /64 bytes in the file but only 63 in memory/,
  },
  {
    rule: 'loads-overlap',
    passes: {
      segments: [
        { ...text, memorySize: 0x1000n },
        { virtualAddress: 0x401000n, bytes: code },
      ],
    },
    fails: {
      segments: [
        { virtualAddress: 0x401000n, bytes: code },
        { ...text, memorySize: 0x1001n },
      ],
    },
    message: /0x400000–0x401001 and 0x401000–0x401040 overlap/,
  },
  {
    rule: 'no-interpreter',
    passes: { segments: [text, { type: 4, bytes: new Uint8Array(12) }] },
    fails: { segments: [text, { type: 3, bytes: Buffer.from('/lib/ld.so.1\0') }] },
    message: /the interpreter "\/lib\/ld\.so\.1"/,
  },
  {
    rule: 'no-dynamic-relocations',
    passes: { sections: [{ name: '.rela.dyn', type: 4, flags: 2 }] },
    fails: { sections: [{ name: '.rela.dyn', type: 4, flags: 2, entrySize: 24, bytes: new Uint8Array(72) }] },
    message: /3 dynamic relocations in \.rela\.dyn/,
  },
  {
    rule: 'no-dynamic-relocations',
    passes: { segments: [text, { type: 2, bytes: dynamic(7n, 0x1000n, 8n, 0n) }] },
    fails: { segments: [text, { type: 2, bytes: dynamic(7n, 0x1000n, 8n, 48n) }] },
    message: /48 bytes of relocations \(DT_RELA\)/,
  },
  {
    rule: 'bootstrap-address',
    kind: 'bootstrap',
    passes: bootstrap(),
    fails: bootstrap((load) => ({ ...load, virtualAddress: 0x2f00n, memorySize: 0x1000n })),
    message: /p_vaddr − p_offset is 0x1f00, not 0x2000/,
  },
  {
    rule: 'bootstrap-file-size',
    kind: 'bootstrap',
    passes: bootstrap(),
    fails: bootstrap((load) => ({ ...load, memorySize: 0x500n })),
    message: /64 bytes in the file and 1280 in memory/,
  },
  {
    rule: 'segments-share-page',
    passes: { segments: [text, { virtualAddress: 0x401000n, bytes: code }] },
    fails: { segments: [text, { virtualAddress: 0x400800n, bytes: code }] },
    message: /0x400000–0x400040 and 0x400800–0x400840 share the page 0x400000/,
  },
  {
    rule: 'sections-loaded',
    passes: {
      sections: [
        { name: '.got', flags: 3, address: 0x400000n, size: 8 },
        { name: '.tbss', type: 8, flags: 0x403, address: 0x900000n, size: 8 },
      ],
    },
    fails: { sections: [{ name: '.got', flags: 3, address: 0x500000n, size: 8 }] },
    message: /the section \.got at 0x500000 is in no LOAD segment/,
  },
  {
    rule: 'headers-loaded',
    passes: {},
    fails: { segments: [{ virtualAddress: 0x400000n, offset: 0x1000, bytes: code }] },
    message: /begins at 0x1000 of the file/,
  },
  {
    rule: 'write-and-execute',
    passes: { segments: [text, { virtualAddress: 0x401000n, bytes: code, flags: 6 }] },
    fails: { segments: [text, { virtualAddress: 0x401000n, bytes: code, flags: 7 }] },
    message: /0x401000–0x401040 is writable and executable/,
  },
  {
    rule: 'bootstrap-static',
    kind: 'bootstrap',
    passes: bootstrap(),
    fails: { ...bootstrap(), segments: [...bootstrap().segments!, { type: 2, bytes: dynamic() }] },
    message: /PT_DYNAMIC/,
  },
  {
    rule: 'entry-symbol',
    passes: { symbols: [symbol('_start'), symbol('main', 0x400010n)] },
    fails: { symbols: [symbol('$x'), symbol('main', 0x400010n)] },
    message: /no symbol is at its entry point 0x400000/,
  },
  {
    rule: 'one-redox-rt',
    passes: {
      symbols: [symbol('_start'), symbol('_RNvNtCsaaa_8redox_rt4proc1f'), symbol('_RNvNtCsaaa_8redox_rt4proc1g')],
    },
    fails: {
      symbols: [symbol('_start'), symbol('_RNvNtCsaaa_8redox_rt4proc1f'), symbol('_RNvNtCsbbb_8redox_rt4proc1f')],
    },
    message: /2 copies of redox-rt \(crate hashes aaa, bbb\)/,
  },
  {
    rule: 'one-allocator',
    passes: {
      symbols: [
        symbol('_start'),
        symbol('__rust_alloc'),
        symbol('__rdl_alloc'),
        symbol('__relibc___rust_dealloc'),
        symbol('__relibc__RNvCs1_7___rustc12___rust_alloc'),
      ],
    },
    fails: { symbols: [symbol('_start'), symbol('__rust_alloc'), symbol('_RNvCs1_7___rustc12___rust_alloc')] },
    message: /it defines __rust_alloc \(2 times\)/,
  },
  {
    rule: 'stripped',
    passes: { comments: ['x'] },
    fails: { sections: [{ name: '.debug_info', bytes: new Uint8Array(123) }] },
    message: /123 bytes of symbols and debug information/,
  },
  {
    rule: 'backend',
    backend: 'cranelift',
    passes: { comments: [`${rustc} with cranelift 0.128.3`, rustc] },
    fails: { comments: [rustc] },
    message: /it is made by llvm, not by cranelift/,
  },
  {
    rule: 'backend',
    backend: 'cranelift',
    passes: {
      symbols: [symbol('_start'), unit('init.1582ca7a78bcd498-cgu.0.o'), unit('rust_out.1582ca7a78bcd498-cgu.0')],
    },
    fails: {
      symbols: [symbol('_start'), unit('init.1582ca7a78bcd498-cgu.0.o'), unit('relibc.1582ca7a78bcd498-cgu.0')],
    },
    message: /not made by cranelift: relibc/,
  },
  {
    rule: 'one-backend',
    passes: { symbols: [symbol('_start'), unit('init.1582ca7a78bcd498-cgu.0.o')] },
    fails: {
      symbols: [symbol('_start'), unit('init.1582ca7a78bcd498-cgu.0.o'), unit('relibc.1582ca7a78bcd498-cgu.0')],
    },
    message: /Cranelift made init; LLVM made relibc/,
  },
  {
    rule: 'kernel-fp',
    kind: 'kernel',
    // add x0, x0, #1; ldr x1, [x0]; a jump table's word; b .
    passes: kernel(0x91000400, 0xf9400001, 0xfffffff0, 0x14000000),
    // fmov d0, x0; str q0, [sp]; fadd d0, d0, d1
    fails: kernel(0x9e670000, 0x3d8003e0, 0x1e612800),
    message: /3 FP or SIMD instructions in \.text \(3\)/,
  },
];

function broken(spec: ElfSpec, kind: ElfKind, backend?: CheckOptions['backend']) {
  const elf = parseElf(buildElf({ segments: [text], ...spec }));
  // A file with symbols is never a stripped one.
  return checkElf(elf, kind, { machine: 'aarch64', memory, backend, info: true }).filter(
    (finding) => finding.rule !== 'stripped' || !spec.symbols,
  );
}

describe('checkElf', () => {
  it.each(pairs)(
    '$rule: a file that passes and one that fails ($message)',
    ({ rule, kind = 'program', backend, passes, fails, message }) => {
      expect(broken(passes, kind, backend)).toEqual([]);
      const findings = broken(fails, kind, backend).filter((finding) => finding.rule === rule);
      expect(findings).toHaveLength(1);
      expect(findings[0]?.message).toMatch(message);
      expect(findings[0]?.reason.length).toBeGreaterThan(20);
      expect(findings[0]?.fix.length).toBeGreaterThan(10);
    },
  );

  it('has a test pair for every rule, and one rule for every id', () => {
    expect(new Set(pairs.map((pair) => pair.rule))).toEqual(new Set(RULES.map((rule) => rule.id)));
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
  });

  it("does not ask a program for a bootstrap's geometry", () => {
    expect(broken({ segments: [{ ...text, memorySize: 4096n }] }, 'program')).toEqual([]);
  });

  it('gives findings of severity info only on request', () => {
    const elf = parseElf(buildElf({ segments: [text], symbols: [symbol('_start')] }));
    expect(checkElf(elf, 'program', { machine: 'aarch64', memory })).toEqual([]);
    expect(checkElf(elf, 'program', { machine: 'aarch64', memory, info: true }).map((finding) => finding.rule)).toEqual(
      ['stripped'],
    );
  });

  it('counts FP instructions by function, with readable names, and leaves out data and library arithmetic', () => {
    const fp = 0x1e612800;
    const spec = kernel(fp, fp, fp, fp);
    const symbols: SymbolSpec[] = [
      { name: '_RNvNtCsgEmfK2I1SDS_6kernel7context4save', value: 0x400000n, size: 4n },
      { name: '__adddf3', value: 0x400004n, size: 4n },
      { name: 'table', value: 0x400008n, size: 8n },
      { name: '$d.1', value: 0x400008n, type: 0, binding: 0 },
      { name: '$x', value: 0x40000cn, type: 0, binding: 0 },
    ];
    const findings = broken({ ...spec, symbols }, 'kernel').filter((finding) => finding.rule === 'kernel-fp');
    expect(findings[0]?.message).toBe('2 FP or SIMD instructions in kernel::context::save (1), table (1)');
  });
});
