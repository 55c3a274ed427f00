import { FormatError } from './byte-reader';
import { SHF_EXECINSTR, SHT_NOBITS } from './constants';
import type { Elf } from './elf';
import { functionTable } from './functions';

/**
 * Whether an A64 instruction works with the FP and SIMD registers: data processing on them (bits 27–25 are 111), or a
 * load or store with the V bit (bit 27 set, bit 25 clear, bit 26 set). Arm Architecture Reference Manual, C4.1.
 */
function usesFpRegisters(instruction: number): boolean {
  const group = (instruction >>> 25) & 0b111;
  return group === 0b111 || group === 0b110;
}

export interface FunctionUse {
  /** Name of the function; the section, if there are no symbols. */
  name: string;
  count: number;
}

/**
 * Counts the FP and SIMD instructions of an aarch64 file, by function. What the symbol table marks as data in the code
 * (`$d`) is left out; Cranelift does not mark its jump tables, whose words begin with 0x00 or 0xff and count as neither.
 */
export function fpInstructions(elf: Elf): FunctionUse[] {
  const functions = functionTable(elf);
  const uses = new Map<string, number>();
  const marks = dataMarks(elf);
  // Sections may overlap; a file cannot hold more code than its own size.
  let budget = elf.bytes.length;
  for (const section of elf.sections) {
    if ((Number(section.flags & 0xffn) & SHF_EXECINSTR) === 0 || section.type === SHT_NOBITS) continue;
    const bytes = elf.sectionBytes(section);
    budget -= bytes.length;
    if (budget < 0) throw new FormatError('its sections overlap each other', section.offset, { file: elf.file });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const isData = dataFinder(marks.get(section.index) ?? []);
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      const instruction = view.getUint32(at, true);
      if (!usesFpRegisters(instruction) || instruction >>> 24 === 0xff || isData(section.address + BigInt(at)))
        continue;
      const name = functions.lookup(section.address + BigInt(at))?.name ?? section.name;
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  return [...uses]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

interface DataMark {
  address: bigint;
  /** Whether data or code begins here. */
  data: boolean;
}

/** The mapping symbols `$d` and `$x` (ELF for the Arm 64-bit Architecture) of each section. */
function dataMarks(elf: Elf): Map<number, DataMark[]> {
  const marks = new Map<number, DataMark[]>();
  for (const { name, value, section } of elf.symbols()) {
    if (!/^\$[dx](\.|$)/.test(name)) continue;
    const known = marks.get(section);
    const mark = { address: value, data: name.startsWith('$d') };
    if (known) known.push(mark);
    else marks.set(section, [mark]);
  }
  return marks;
}

/** Whether an address is in data between code. Addresses are asked for in rising order. */
function dataFinder(unsorted: readonly DataMark[]): (address: bigint) => boolean {
  const marks = [...unsorted].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  let next = 0;
  let data = false;
  return (address) => {
    for (let mark = marks[next]; mark && mark.address <= address; mark = marks[++next]) data = mark.data;
    return data;
  };
}
