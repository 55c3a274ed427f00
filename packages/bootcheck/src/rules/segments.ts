import { type Elf, hex, PF_W, PF_X, type Segment, SHF_ALLOC, SHF_TLS, SHT_NOBITS } from '@nx-redox/binary';
import type { Rule } from './rule';

const PAGE = 4096n;
const range = (s: Segment) => `${hex(s.virtualAddress)}–${hex(s.virtualAddress + s.memorySize)}`;
const byAddress = (a: Segment, b: Segment) =>
  a.virtualAddress < b.virtualAddress ? -1 : a.virtualAddress > b.virtualAddress ? 1 : 0;

/** Each LOAD segment that takes memory, with the next one by address. */
function neighbours(elf: Elf): [Segment, Segment][] {
  const loads = elf
    .loads()
    .filter((load) => load.memorySize > 0n)
    .sort(byAddress);
  return loads.slice(1).map((next, index) => [loads[index]!, next]);
}

/** What is loaded, and where. */
export const segmentRules: readonly Rule[] = [
  {
    id: 'loads',
    reason: 'Without LOAD segments nothing of the file is in memory.',
    fix: 'link it as an executable; an object or library is no program',
    *check(elf) {
      if (elf.loads().length === 0) yield 'it has no LOAD segment';
    },
  },
  {
    id: 'loads-complete',
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
    reason:
      'Redox maps each LOAD segment with MAP_FIXED_NOREPLACE: of two that overlap, the second cannot be mapped and exec fails.',
    fix: 'give every output section of the linker script an address of its own',
    *check(elf) {
      for (const [load, next] of neighbours(elf)) {
        if (load.virtualAddress + load.memorySize > next.virtualAddress) {
          yield `the LOAD segments ${range(load)} and ${range(next)} overlap`;
        }
      }
    },
  },
  {
    id: 'segments-share-page',
    // Nobody loads a bootstrap: it protects itself, by the symbols of its linker script.
    kinds: ['program'],
    reason:
      'Memory is mapped and protected in pages of 4096 bytes: of two segments in one page, the loader refuses the second, ' +
      'or the protection of one is taken for both.',
    fix: 'link with "-z separate-loadable-segments", or put ". = ALIGN(4096)" between the segments in the linker script',
    *check(elf) {
      for (const [load, next] of neighbours(elf)) {
        const end = load.virtualAddress + load.memorySize;
        if (end <= next.virtualAddress && (end - 1n) / PAGE === next.virtualAddress / PAGE) {
          yield `the LOAD segments ${range(load)} and ${range(next)} share the page ${hex((end - 1n) & ~(PAGE - 1n))}`;
        }
      }
    },
  },
  {
    id: 'sections-loaded',
    reason:
      'A section that the program uses is in no LOAD segment: reading it faults, or reads something else. Cranelift loads ' +
      'addresses from .got also in static programs, which linker scripts written for LLVM leave out.',
    fix: 'name the section in the linker script, in an output section of its segment: .data : { *(.data .data.*) *(.got .got.*) } :data',
    *check(elf) {
      for (const section of elf.sections) {
        const flags = Number(section.flags & 0xfffn);
        // Thread-local zeros have no place of their own; each thread gets a copy.
        const counts = (flags & SHF_ALLOC) !== 0 && !((flags & SHF_TLS) !== 0 && section.type === SHT_NOBITS);
        if (!counts || section.size === 0) continue;
        const end = section.address + BigInt(section.size);
        const loaded = elf
          .loads()
          .some((s) => section.address >= s.virtualAddress && end <= s.virtualAddress + s.memorySize);
        if (!loaded)
          yield `the section ${section.name || section.index} at ${hex(section.address)} is in no LOAD segment`;
      }
    },
  },
  {
    id: 'headers-loaded',
    kinds: ['program'],
    severity: 'warning',
    reason:
      'A program finds its program headers, and with them its thread-local data, in its own memory. If the first LOAD ' +
      'segment does not begin with the file, relibc reads whatever is at that address.',
    fix: 'link without a linker script, or begin it with ". = SEGMENT_START + SIZEOF_HEADERS" and FILEHDR PHDRS on the first segment',
    *check(elf) {
      const first = elf.loads().sort(byAddress)[0];
      if (first && first.offset !== 0)
        yield `the first LOAD segment begins at ${hex(first.offset)} of the file: the headers are not in memory`;
    },
  },
  {
    id: 'write-and-execute',
    severity: 'warning',
    reason: 'Memory that is writable and executable turns any stray write into code.',
    fix: 'keep .text and .data in segments of their own: PHDRS in the linker script, or no "-N"',
    *check(elf) {
      for (const load of elf.loads()) {
        if ((load.flags & PF_W) !== 0 && (load.flags & PF_X) !== 0)
          yield `the LOAD segment ${range(load)} is writable and executable`;
      }
    },
  },
];
