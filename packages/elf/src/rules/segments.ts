import type { Segment } from '../elf';
import { ALL_KINDS, hex, type Rule } from './rule';

const range = (s: Segment) => `${hex(s.virtualAddress)}–${hex(s.virtualAddress + s.memorySize)}`;
const byAddress = (a: Segment, b: Segment) =>
  a.virtualAddress < b.virtualAddress ? -1 : a.virtualAddress > b.virtualAddress ? 1 : 0;

/** What is loaded, and where. */
export const segmentRules: readonly Rule[] = [
  {
    id: 'loads',
    kinds: ALL_KINDS,
    severity: 'error',
    reason: 'Without LOAD segments nothing of the file is in memory.',
    fix: 'link it as an executable; an object or library is no program',
    *check(elf) {
      if (elf.loads().length === 0) yield 'it has no LOAD segment';
    },
  },
  {
    id: 'loads-complete',
    kinds: ALL_KINDS,
    severity: 'error',
    reason: 'Part of the code or data would be read from beyond the end of the file.',
    fix: 'build it again: the file is cut off or damaged',
    *check(elf) {
      for (const load of elf.loads()) {
        if (load.offset + load.fileSize > elf.bytes.length) {
          yield `the LOAD segment ${range(load)} needs the file's bytes up to ${hex(load.offset + load.fileSize)}, the file ends at ${hex(elf.bytes.length)}`;
        }
        if (BigInt(load.fileSize) > load.memorySize) {
          yield `the LOAD segment at ${hex(load.virtualAddress)} has ${load.fileSize} bytes in the file but only ${load.memorySize} in memory`;
        }
      }
    },
  },
  {
    id: 'loads-overlap',
    kinds: ALL_KINDS,
    severity: 'error',
    reason:
      'Redox maps each LOAD segment with MAP_FIXED_NOREPLACE: of two that overlap, the second cannot be mapped and exec fails.',
    fix: 'give every output section of the linker script an address of its own',
    *check(elf) {
      const loads = elf
        .loads()
        .filter((load) => load.memorySize > 0n)
        .sort(byAddress);
      for (const [i, load] of loads.entries()) {
        const next = loads[i + 1];
        if (next && load.virtualAddress + load.memorySize > next.virtualAddress) {
          yield `the LOAD segments ${range(load)} and ${range(next)} overlap`;
        }
      }
    },
  },
];
