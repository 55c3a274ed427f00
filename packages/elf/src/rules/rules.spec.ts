import { describe, expect, it } from 'vitest';
import { parseElf } from '../elf';
import { buildElf, type ElfSpec, type SegmentSpec } from '../testing/build-elf';
import { checkElf, RULES } from './index';
import type { ElfKind } from './rule';

const code = new Uint8Array(64);
const text: SegmentSpec = { virtualAddress: 0x400000n, bytes: code };

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
    message: /the file ends at 0xb8/,
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
];

const broken = (spec: ElfSpec, kind: ElfKind) => checkElf(parseElf(buildElf(spec)), kind, { machine: 'aarch64' });

describe('checkElf', () => {
  it.each(pairs)(
    '$rule: a file that passes and one that fails ($message)',
    ({ rule, kind = 'program', passes, fails, message }) => {
      expect(broken(passes, kind)).toEqual([]);
      const findings = broken(fails, kind).filter((finding) => finding.rule === rule);
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
});
