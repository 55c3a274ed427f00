import { describe, expect, it } from 'vitest';
import { describeSyndrome, exceptionsIn } from './exception';

describe('an exception syndrome of aarch64', () => {
  it.each([
    [0x0200_0000n, undefined, /^an instruction that does not exist; Rust aborts with one$/],
    [0x9200_0006n, 0x10n, /^a memory access of a program \(a read\) at 0x10: nothing is mapped there \(.*, level 2\)$/],
    [
      0x9600_004fn,
      0xffn,
      /^a memory access of the kernel \(a write\) at 0xff: the page does not permit it \(.*, level 3\)$/,
    ],
    [0x8200_0004n, 0x0n, /^an instruction fetch of a program at 0x0: nothing is mapped there \(.*, level 0\)$/],
    [0x8600_000dn, undefined, /^an instruction fetch of the kernel: the page does not permit it/],
    // The bit FnV says that FAR does not hold the address.
    [0x9600_0410n, 0xffn, /^a memory access of the kernel \(a read\): the memory system reports an error$/],
    [0x9600_0021n, 0x1n, /at 0x1: the address is not aligned$/],
    [0x9600_0000n, 0x1n, /: the address is too large \(level 0\)$/],
    [0x9600_000bn, 0x1n, /: the access flag is not set \(level 3\)$/],
    [0x9600_0030n, 0x1n, /: fault status 0x30$/],
    [0xf200_0001n, 0x1n, /^a breakpoint instruction; abort\(\) ends in one$/],
    [0xfe00_0000n, 0x1n, /^exception class 0x3f$/],
  ])('%x at %s is put in words', (esr, far, words) => {
    expect(describeSyndrome(esr, far)).toMatch(words);
  });

  it('is found in the registers that a kernel prints', () => {
    expect(
      exceptionsIn([
        'FATAL: Not an SVC induced synchronous exception (ty=100100)',
        'FAR_EL1: 0xdeadbee8',
        'ELR_EL1: 0000000000201000',
        'ESR_EL1: 0000000092000046',
        'ESR_EL1: 0000000002000000',
        'esr = 0x02000000, SPSR_EL1: 0000000060000000, NESR: 92000046',
        'ESR_EL1: 0000000002000000',
      ]),
    ).toEqual([
      expect.stringMatching(/^ESR 0x0000000092000046: .* \(a write\) at 0xdeadbee8: nothing is mapped there/),
      expect.stringMatching(/^ESR 0x0000000002000000: an instruction that does not exist/),
      expect.stringMatching(/^ESR 0x02000000: an instruction that does not exist/),
    ]);
  });
});
