import { SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS } from './constants';
import type { Elf } from './elf';

/** Bytes of a file by what they are for. */
export interface SizeBreakdown {
  /** Instructions. */
  code: number;
  /** Constants, unwind tables and whatever else is loaded and not written. */
  constants: number;
  /** Writable data that is in the file. */
  data: number;
  /** Memory that starts as zeros; takes no room in the file. */
  zeros: number;
  /** Debug information. */
  debug: number;
  /** Symbol and name tables. */
  symbols: number;
  /** Headers, padding, notes. */
  other: number;
  /** Size of the file. */
  file: number;
}

export function emptyBreakdown(): SizeBreakdown {
  return { code: 0, constants: 0, data: 0, zeros: 0, debug: 0, symbols: 0, other: 0, file: 0 };
}

/** Adds the bytes of one file to those of others. */
export function addBreakdown(total: SizeBreakdown, part: SizeBreakdown): void {
  for (const key of Object.keys(total) as (keyof SizeBreakdown)[]) total[key] += part[key];
}

/** What a file's bytes are for, by its sections; of a file without section headers, by its segments. */
export function sizeBreakdown(elf: Elf): SizeBreakdown {
  const size = { ...emptyBreakdown(), file: elf.bytes.length };
  const loaded = (executable: boolean, writable: boolean) => (executable ? 'code' : writable ? 'data' : 'constants');
  for (const section of elf.sections) {
    const flags = Number(section.flags & 0xfffn);
    if (section.type === SHT_NOBITS) {
      if ((flags & SHF_ALLOC) !== 0) size.zeros += section.size;
    } else if ((flags & SHF_ALLOC) !== 0) {
      size[loaded((flags & SHF_EXECINSTR) !== 0, (flags & SHF_WRITE) !== 0)] += section.size;
    } else if (/^\.z?debug/.test(section.name)) {
      size.debug += section.size;
    } else if (/^\.(symtab|strtab|shstrtab)/.test(section.name)) {
      size.symbols += section.size;
    }
  }
  if (elf.sections.length === 0) {
    for (const { flags, fileSize, memorySize } of elf.loads()) {
      size[loaded((flags & 1) !== 0, (flags & 2) !== 0)] += fileSize;
      size.zeros += Math.max(0, Number(memorySize) - fileSize);
    }
  }
  size.other = Math.max(0, size.file - size.code - size.constants - size.data - size.debug - size.symbols);
  return size;
}
