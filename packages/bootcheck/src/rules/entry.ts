import { hex, PF_X } from '@nx-redox/binary';
import type { Rule } from './rule';

/** Where execution begins. */
export const entryRules: readonly Rule[] = [
  {
    id: 'entry-set',
    reason: 'An entry point of 0 means that the linker found no entry symbol; the first jump goes to address 0.',
    fix: 'define the entry symbol: _start from the CRT objects or your own #[no_mangle] function, or ENTRY(…) in the linker script',
    *check(elf) {
      if (elf.entry === 0n) yield 'its entry point is 0';
    },
  },
  {
    id: 'entry-executable',
    reason: 'The first instruction is fetched from memory that is not mapped or not executable.',
    fix: 'check that the linker script is used (-T) and that the entry symbol is in .text',
    *check(elf) {
      if (elf.entry === 0n) return;
      const home = elf
        .loads()
        .find((s) => elf.entry >= s.virtualAddress && elf.entry < s.virtualAddress + s.memorySize);
      if (!home) yield `its entry point ${hex(elf.entry)} is in no LOAD segment`;
      else if ((home.flags & PF_X) === 0) {
        yield `its entry point ${hex(elf.entry)} is in the LOAD segment at ${hex(home.virtualAddress)}, which is not executable`;
      } else if (elf.entry >= home.virtualAddress + BigInt(home.fileSize)) {
        yield `its entry point ${hex(elf.entry)} is in the zero-filled part of the LOAD segment at ${hex(home.virtualAddress)}`;
      }
    },
  },
];
