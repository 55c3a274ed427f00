import { hex, PT_DYNAMIC } from '@nx-redox/binary';
import { type Rule } from './rule';

/** Nobody loads the bootstrap: its file is in memory as it is. */
export const bootstrapRules: readonly Rule[] = [
  {
    id: 'bootstrap-address',
    kinds: ['bootstrap'],
    reason:
      'The kernel maps the initfs image, which holds the ELF file of the bootstrap, and jumps into it without loading it: ' +
      'every byte must have been linked for the address at which its place in the image is mapped.',
    fix: 'let the linker script start at that address + SIZEOF_HEADERS, and link with "-z max-page-size=4096"',
    *check(elf, { memory }) {
      const wanted = BigInt(memory.bootstrap);
      for (const load of elf.loads()) {
        const difference = load.virtualAddress - BigInt(load.offset);
        if (difference !== wanted) {
          yield `the LOAD segment at ${hex(load.virtualAddress)} has file offset ${hex(load.offset)}: p_vaddr − p_offset is ${hex(difference)}, not ${hex(wanted)}`;
        }
      }
    },
  },
  {
    id: 'bootstrap-file-size',
    kinds: ['bootstrap'],
    reason:
      'Nobody clears memory for the bootstrap: what is in memory but not in its file (.bss) is whatever comes next in the image.',
    fix: 'put .bss (and .tbss) inside .data in the linker script, so that its zeros are in the file',
    *check(elf) {
      for (const load of elf.loads()) {
        if (BigInt(load.fileSize) !== load.memorySize) {
          yield `the LOAD segment at ${hex(load.virtualAddress)} has ${load.fileSize} bytes in the file and ${load.memorySize} in memory`;
        }
      }
    },
  },
  {
    id: 'bootstrap-static',
    kinds: ['bootstrap'],
    reason: 'A dynamic table is for a loader, and nobody loads the bootstrap.',
    fix: 'link it with "-static" and without "-pie"; a spec with "crt-static-default": true and no dynamic linking does',
    *check(elf) {
      if (elf.segments.some((segment) => segment.type === PT_DYNAMIC)) yield 'it has a dynamic table (PT_DYNAMIC)';
    },
  },
];
