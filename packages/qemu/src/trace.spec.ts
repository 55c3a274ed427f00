import { functionTable, lineTable, parseElf } from '@nx-redox/binary';
import { redox } from '@nx-redox/redox';
import { describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesWithCode, formatHits, loadDebugFiles, symbolise, type DebugFile } from './symbolise';
import { elfFile, type TestFunction } from './testing/elf-file';
import { guestPatterns } from './guest-patterns';
import { traceOf } from './trace';

function file(name: string, start: bigint, functions: TestFunction[], fill: number): DebugFile {
  const code = Buffer.alloc(Math.max(...functions.map(({ at, size }) => at + size)), fill);
  const elf = parseElf(elfFile(code, { virtual: start, physical: start }, functions), name);
  return { name, aliases: [], functions: functionTable(elf), lines: lineTable(elf), isThere: () => true, elf };
}
const KERNEL = 0xffff_ff00_0000_0000n;
const files = [
  file('kernel', KERNEL + 0x1000n, [{ name: 'kmain', at: 0, size: 0x1000 }], 1),
  file(
    'logd',
    0x2000n,
    [
      { name: '_RNvCs1234_4logd4main', at: 0, size: 0x100 },
      { name: '_RNvCs1234_4logd4fail', at: 0x100, size: 0x40 },
    ],
    2,
  ),
  file('zerod', 0x2000n, [{ name: '_RNvCs1234_5zerod4main', at: 0, size: 0x1000 }], 3),
];

describe('an address', () => {
  it('lies in the program that was running', () => {
    for (const program of ['bin/logd', '/scheme/initfs/bin/logd', '[logd]', 'logd']) {
      expect(symbolise(0x2010n, files, program)).toEqual([{ function: 'logd::main', offset: 16, file: 'logd' }]);
    }
  });

  it('has candidates when the program is not known', () => {
    expect(formatHits(symbolise(0x2010n, files))).toBe('logd::main+0x10 (logd) or zerod::main+0x10 (zerod)');
    // A program whose file is not there is none of the others.
    expect(symbolise(0x2010n, files, 'bin/nulld')).toEqual([]);
    expect(symbolise(KERNEL + 0x1004n, files, 'bin/logd')).toEqual([{ function: 'kmain', offset: 4, file: 'kernel' }]);
    expect(symbolise(0x9000n, files)).toEqual([]);
  });

  it('of the kernel is named once, in however many files a build left it', () => {
    const [kernel] = files;
    const several = [kernel!, { ...kernel!, name: 'kernel.all' }, { ...kernel!, name: 'kernel.sym' }];
    expect(formatHits(symbolise(KERNEL + 0x1004n, several))).toBe('kmain+0x4 (kernel)');
  });

  it('is looked for in the ELF files of a folder; another that was named is reported', async () => {
    const root = await mkdtemp(join(tmpdir(), 'nx-redox-debug-'));
    try {
      const program = elfFile(Buffer.alloc(16), { virtual: 0x1000n, physical: 0x1000n }, [
        { name: 'main', at: 0, size: 16 },
      ]);
      await writeFile(join(root, 'daemon'), program);
      await writeFile(join(root, 'loader'), 'MZ, as programs of UEFI are');
      const { files: found, problems } = await loadDebugFiles(root, [`${root}/`]);
      expect([found.map(({ name }) => name), problems]).toEqual([['daemon'], []]);
      expect((await loadDebugFiles(root, ['loader'])).problems).toEqual([
        expect.stringContaining('no symbols from loader: '),
      ]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('lies in the program that has the same code there', () => {
    const names = (start: bigint, code: Uint8Array) => filesWithCode(files, start, code).map(({ name }) => name);
    expect(names(0x2010n, Buffer.alloc(32, 3))).toEqual(['zerod']);
    expect(names(0x2010n, Buffer.alloc(32, 2))).toEqual(['logd']);
    // Nothing to compare, or nothing that fits: all are candidates.
    for (const code of [Buffer.alloc(0), Buffer.alloc(32, 9)]) expect(names(0x2010n, code)).toHaveLength(3);
    expect(names(0x9000n, Buffer.alloc(32, 2))).toHaveLength(3);
  });
});

describe('the trace of a panic', () => {
  const shown = (...lines: string[]) =>
    traceOf(lines, files, guestPatterns(redox.guest)).map((e) => `${e.kind} ${e.address} ${formatHits(e.hits)}`);

  it('has the registers and the frames, in the order of the output', () => {
    expect(
      shown(
        'init: started bin/logd',
        'X29: 00007fffffffff00  X30: 0000000000002014',
        'ELR_EL1: 0000000000002104  SPSR_EL1: 0000000060000000',
        'FP 00007fffffffff00: PC 0000000000002018',
        'FP 00007fffffffff80: PC 0000000000002018',
        'kernel::context::signal:INFO -- UNHANDLED EXCEPTION, CPU #0, PID 5, NAME bin/logd',
      ),
    ).toEqual([
      'ELR_EL1 0x2104 logd::fail+0x4 (logd)',
      'X30 0x2014 logd::main+0x14 (logd)',
      'frame 0x2018 logd::main+0x18 (logd)',
    ]);
  });

  it('takes a return address behind a call as the caller', () => {
    expect(shown('FP 7ff0: PC 2100', 'PC 0x2100', 'NAME: logd')).toEqual(['frame 0x2100 logd::main+0x100 (logd)']);
    expect(shown('PC 0x2100', 'NAME: logd')).toEqual(['PC 0x2100 logd::fail+0x0 (logd)']);
  });

  it('gives each address to the nearest program', () => {
    expect(shown('PC: 2004', 'NAME bin/zerod', 'noise', 'noise', 'PC: 2008', 'NAME bin/logd')).toEqual([
      'PC 0x2004 zerod::main+0x4 (zerod)',
      'PC 0x2008 logd::main+0x8 (logd)',
    ]);
  });

  it('knows the name that the kernel prints last, with what comes behind it on the line', () => {
    expect(
      shown(
        'kernel:INFO -- UNHANDLED EXCEPTION, CPU #0, PID 3, NAME [zerod], CONTEXT 0xffffff7f80001000',
        'FAR_EL1: 0x10',
        'ELR_EL1: 0000000000002004',
        ...Array.from({ length: 100 }, (_, i) => `X${i}:    0000000000000000`),
        'kernel:INFO -- UNHANDLED EXCEPTION, CPU #0, PID 4, NAME /scheme/initfs/bin/logd, CONTEXT 0xffffff7f80002000',
        'KERNEL PANIC: panicked at src/main.rs:1',
        `  FP ffffff7f80000000: PC ${(KERNEL + 0x1008n).toString(16)}`,
        'NAME: zerod, DEBUG ID: 7',
        'PC: 2010',
      ),
    ).toEqual([
      'ELR_EL1 0x2004 logd::main+0x4 (logd)',
      'frame 0xffffff0000001008 kmain+0x8 (kernel)',
      'PC 0x2010 zerod::main+0x10 (zerod)',
    ]);
  });

  it('names a few candidates and counts the others', () => {
    const many = Array.from({ length: 6 }, (_, i) => file(`p${i}`, 0x2000n, [{ name: 'main', at: 0, size: 8 }], i));
    expect(formatHits(symbolise(0x2004n, many))).toMatch(/^main\+0x4 \(p0\) or .* or main\+0x4 \(p3\) or in 2 more$/);
  });

  it('has the place that firmware tells of when a kernel has no handlers yet', () => {
    const high = (offset: bigint) => (KERNEL + 0x1000n + offset).toString(16).toUpperCase();
    expect(
      shown(
        `Synchronous Exception at 0x${high(8n)}`,
        '!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!',
        `RIP  - ${high(16n)}, CS  - 0000000000000038, RFLAGS - 0000000000000082`,
      ),
    ).toEqual(['PC 0xffffff0000001008 kmain+0x8 (kernel)', 'RIP 0xffffff0000001010 kmain+0x10 (kernel)']);
  });

  it('leaves out what lies nowhere, and words that only look like registers', () => {
    expect(shown('PC 0xdeadbeef', 'IPC 2004 EPC=2004', 'pci: 00002004')).toEqual([]);
  });
});
