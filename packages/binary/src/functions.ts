import { STT_FUNC } from './constants';
import type { Elf } from './elf';

export interface FunctionRange {
  name: string;
  start: bigint;
  /** First address behind the function. */
  end: bigint;
}

/** Finds the function that an address lies in. */
export class FunctionTable {
  constructor(readonly functions: readonly FunctionRange[]) {}

  /** The function at `address` and how far into it that is, in bytes. */
  lookup(address: bigint): { name: string; offset: bigint } | undefined {
    const { functions } = this;
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((functions[middle] as FunctionRange).start <= address) low = middle + 1;
      else high = middle;
    }
    const found = functions[low - 1];
    return found && address < found.end ? { name: found.name, offset: address - found.start } : undefined;
  }
}

/**
 * Functions of the symbol table by address. Labels of assembly count too, and reach to the next symbol or
 * the end of their section; of several names for one address the sized one, then the first, is kept.
 */
export function functionTable(elf: Elf): FunctionTable {
  const executable = new Map(
    elf.sections.filter((section) => (section.flags & 4n) !== 0n).map((section) => [section.index, section]),
  );
  const byStart = new Map<bigint, { name: string; size: bigint; section: number }>();
  for (const symbol of elf.symbols()) {
    const isLabel = symbol.type === 0 && symbol.name !== '' && !symbol.name.startsWith('$');
    if (symbol.type !== STT_FUNC && !isLabel) continue;
    if (!executable.has(symbol.section)) continue;
    const known = byStart.get(symbol.value);
    if (!known || (known.size === 0n && symbol.size > 0n)) {
      byStart.set(symbol.value, { name: symbol.name, size: symbol.size, section: symbol.section });
    }
  }
  const sorted = [...byStart.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return new FunctionTable(
    sorted.map(([start, { name, size, section }], i) => {
      const home = executable.get(section);
      const sectionEnd = home ? home.address + BigInt(home.size) : start;
      const next = sorted[i + 1]?.[0];
      const limit = next !== undefined && next < sectionEnd ? next : sectionEnd;
      return { name, start, end: size > 0n ? start + size : limit };
    }),
  );
}
