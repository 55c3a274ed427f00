import { hex, PT_DYNAMIC } from '@nx-redox/binary';
import { type Rule } from './rule';

/**
 * Address of a bootstrap's first byte: the kernel maps the whole initfs image at 0x1000, and the image has the
 * bootstrap's ELF file at offset 0x1000.
 */
export const BOOTSTRAP_ADDRESS = 0x2000n;

/** Nobody loads the bootstrap: its file is in memory as it is. */
export const bootstrapRules: readonly Rule[] = [
  {
    id: 'bootstrap-address',
    kinds: ['bootstrap'],
    severity: 'error',
    reason:
      'The kernel maps the initfs image at 0x1000 and jumps into the bootstrap without loading it. As the ELF file is at ' +
      'offset 0x1000 of the image, every byte must have been linked for 0x2000 + its position in the file.',
    fix: 'begin the linker script at 0x2000 + SIZEOF_HEADERS and link with "-z max-page-size=4096"',
    *check(elf) {
      for (const load of elf.loads()) {
        const difference = load.virtualAddress - BigInt(load.offset);
        if (difference !== BOOTSTRAP_ADDRESS) {
          yield `the LOAD segment at ${hex(load.virtualAddress)} has file offset ${hex(load.offset)}: p_vaddr − p_offset is ${hex(difference)}, not 0x2000`;
        }
      }
    },
  },
  {
    id: 'bootstrap-file-size',
    kinds: ['bootstrap'],
    severity: 'error',
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
    severity: 'error',
    reason: 'A dynamic table is for a loader, and nobody loads the bootstrap.',
    fix: 'link it with "-static" and without "-pie"; a spec with "crt-static-default": true and no dynamic linking does',
    *check(elf) {
      if (elf.segments.some((segment) => segment.type === PT_DYNAMIC)) yield 'it has a dynamic table (PT_DYNAMIC)';
    },
  },
];
