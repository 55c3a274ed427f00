import { functionTable, lineTable, parseElf } from '@nx-redox/binary';
import { redox } from '@nx-redox/redox';
import { describe, expect, it } from 'vitest';
import { deathsIn, describeDeath, placeOfDeath } from './deaths';
import { guestPatterns } from './guest-patterns';
import type { DebugFile } from './symbolise';
import { elfFile, type TestFunction } from './testing/elf-file';

function file(name: string, start: bigint, functions: TestFunction[]): DebugFile {
  const code = Buffer.alloc(Math.max(...functions.map(({ at, size }) => at + size)));
  const elf = parseElf(elfFile(code, { virtual: start, physical: start }, functions), name);
  return { name, aliases: [], functions: functionTable(elf), lines: lineTable(elf), isThere: () => true, elf };
}
const files = [
  file('kernel', 0xffff_ff00_0000_0000n, [{ name: 'stack_trace', at: 0, size: 0x1000 }]),
  file('toasterd-usb', 0x20_0000n, [
    { name: '_RNvNtCs1_4core9panicking9panic_fmt', at: 0, size: 0x100 },
    { name: '_RNvCs1234_12toasterd_usb4main', at: 0x100, size: 0x100 },
    { name: 'abort', at: 0x200, size: 0x100 },
  ]),
  file('toastd', 0x20_0000n, [{ name: 'main', at: 0, size: 0x300 }]),
];

// As the kernel prints registers, the program's frames, its own frames, and whose they were.
const dump = (elr: string, esr: string, pid: number, name: string) => [
  'kernel::arch::aarch64::interrupt::exception:ERROR -- FATAL: Not an SVC induced synchronous exception (ty=111100)',
  'FAR_EL1: 0x10',
  `ELR_EL1: ${elr}`,
  `ESR_EL1: ${esr}`,
  'SP_EL0: 00007FFFFFFFD0A0',
  'X30:   0000000000200204',
  '  FP 00007fffffffd0a0: PC 0000000000200010',
  '  FP 00007fffffffd0b0: PC 0000000000200110',
  '  FP ffff800044e6f580: PC ffffff0000000010',
  '  00007fffffffd0a0: GUARD PAGE',
  `kernel::context::signal:INFO -- UNHANDLED EXCEPTION, CPU #0, PID ${pid}, NAME ${name}, CONTEXT 0xfffffe80002201e0`,
];
// 32 bytes, cut.
const CUT = '/scheme/initfs/lib/drivers/toast';

const patterns = guestPatterns(redox.guest);

describe('the deaths of programs', () => {
  it('are told one by one, each with its panic or exception and its trace', () => {
    const lines = [
      'init: started toasterd',
      "thread 'main' (1) panicked at drivers/toasterd/src/main.rs:47:39:",
      'no bread: File exists (os error 17)',
      '[toasterd@relibc::header::stdlib:119 ERROR] Abort',
      ...dump('0000000000200208', '00000000F2000001', 16, CUT.replace('toast', '') + 'toasterd-usb'),
      'init: goes on',
      ...dump('0000000000200120', '0000000092000046', 18, '/bin/toasterd-usb'),
      'last line',
    ];
    const { deaths, end } = deathsIn(lines, files, patterns);
    expect(lines.slice(end)).toEqual(['last line']);
    expect(deaths).toMatchObject([
      { pid: 16, panic: 'drivers/toasterd/src/main.rs:47:39: no bread: File exists (os error 17)' },
      { program: '/bin/toasterd-usb', pid: 18, panic: undefined },
    ]);
    expect(deaths[0]!.exception).toMatch(/^ESR 0x00000000f2000001: a breakpoint instruction/);
    expect(deaths[1]!.exception).toMatch(/a memory access of a program \(a write\) at 0x10: nothing is mapped there/);
    const trace = ({ trace }: (typeof deaths)[0]) => trace.map(({ kind, hits }) => `${kind} ${hits[0]?.function}`);
    expect(trace(deaths[0]!)).toEqual([
      'ELR_EL1 abort',
      'X30 abort',
      'frame core::panicking::panic_fmt',
      'frame toasterd_usb::main',
    ]);
    expect(trace(deaths[1]!)[0]).toBe('ELR_EL1 toasterd_usb::main');
    // The panic names its place itself.
    expect(deaths.map(placeOfDeath).map((place) => place?.address)).toEqual([undefined, '0x200120']);
    expect(lines.filter((line) => !patterns.dump.test(line))).toHaveLength(lines.length - 2 * 8);
  });

  it('are found by names that the kernel has cut', () => {
    expect(CUT).toHaveLength(32);
    const [death] = deathsIn(dump('0000000000200120', '0000000002000000', 3, CUT), files, patterns).deaths;
    const names = new Set(death!.trace.flatMap(({ hits }) => hits.map(({ file: name }) => name)));
    expect(names).toEqual(new Set(['toasterd-usb', 'toastd']));
    const [whole] = deathsIn(dump('0000000000200120', '0000000002000000', 3, 'drivers/toastd'), files, patterns).deaths;
    expect(whole!.trace.every(({ hits }) => hits.every(({ file: name }) => name === 'toastd'))).toBe(true);
  });

  it('have the names that x86_64 gives its exceptions', () => {
    const lines = ['Page fault: 0000000000000010 US', 'RAX:   0000000000000000', 'RIP:   0000000000200120'];
    const died = 'kernel::context::signal:INFO -- UNHANDLED EXCEPTION, CPU 0, PID 7, NAME toasterd-usb';
    expect(deathsIn([...lines, died], files, patterns).deaths).toMatchObject([
      {
        exception: 'Page fault: 0000000000000010 US',
        trace: [{ kind: 'RIP', hits: [{ function: 'toasterd_usb::main' }] }],
      },
    ]);
    expect(deathsIn(['Invalid opcode fault', died], [], patterns).deaths).toMatchObject([
      { exception: 'Invalid opcode fault' },
    ]);
    expect(deathsIn(['it is your fault', died], [], patterns).deaths).toMatchObject([
      { exception: undefined, trace: [] },
    ]);
  });
});

describe('a kernel that names the program first', () => {
  // As mini prints it: one line with several registers, and frames behind the name.
  const dumpAfter = (elr: string, pid: number, name: string) => [
    `UNHANDLED EXCEPTION, CPU #0, PID ${pid}, NAME ${name}`,
    'ESR 0000000092000046 FAR 0000000000000000: write to a wrong address',
    'X0  0000000000000000 X1  0000007fffffe838 X2  0000000000000005 X3  0000000000000001',
    `X28 0000000000000000 X29 0000007fffffe810 X30 0000000000200204 SP  0000007fffffe810`,
    `ELR ${elr} SPSR 0000000060000000`,
    `FP 0000007fffffe810: PC ${elr}`,
    'FP 0000007fffffe820: PC 0000000000200110',
    '0000007fffffe820: GUARD PAGE',
  ];

  it('has its frames in the program that it names, one program for each', () => {
    const lines = [
      'a line',
      ...dumpAfter('0000000000200120', 4, '/scheme/initfs/bin/toasterd-usb'),
      'toastd: panicked at src/main.rs:3:4:',
      'no bread',
      ...dumpAfter('0000000000200010', 5, '/scheme/initfs/bin/toastd'),
      'last line',
    ];
    const { deaths, spans, end } = deathsIn(lines, files, patterns);
    expect(deaths.map(({ program, pid, panic }) => ({ program, pid, panic }))).toEqual([
      { program: '/scheme/initfs/bin/toasterd-usb', pid: 4, panic: undefined },
      { program: '/scheme/initfs/bin/toastd', pid: 5, panic: 'src/main.rs:3:4: no bread' },
    ]);
    const files1 = deaths.map(({ trace }) => new Set(trace.flatMap(({ hits }) => hits.map(({ file: name }) => name))));
    expect(files1).toEqual([new Set(['toasterd-usb']), new Set(['toastd'])]);
    expect(deaths.every(({ trace }) => trace.every(({ hits }) => hits.length === 1))).toBe(true);
    expect(spans).toEqual([
      { from: 2, to: 9 },
      { from: 9, to: 19 },
    ]);
    expect(lines.slice(end)).toEqual(['last line']);
    expect(describeDeath(deaths[0]!)).toBe(
      'toasterd-usb was killed: a memory access of a program (a write) at 0x0: nothing is mapped there (translation fault, level 2)',
    );
    expect(describeDeath(deaths[1]!)).toBe('toastd panicked at src/main.rs:3:4: no bread');
  });
});
