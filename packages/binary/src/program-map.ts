import { aarch64References, type RawReference, x86References } from './code-references';
import {
  MACHINES,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHT_NOBITS,
  STT_FILE,
  STT_FUNC,
  STT_OBJECT,
  STT_SECTION,
} from './constants';
import { crateOf, demangle } from './demangle';
import type { Elf, ElfSymbol, Section } from './elf';

/** A function or an object of a linked program, or a stretch of a section that no symbol names. */
export interface ProgramItem {
  /** Demangled; `.rodata+0x12` for what has no symbol. */
  name: string;
  /** As in the symbol table. */
  symbol?: string;
  /** The crate that defines it, or of whose codegen unit it is. */
  crate?: string;
  kind: 'code' | 'data';
  address: bigint;
  /** Bytes in the file. */
  size: number;
  section: string;
}

/** A program taken apart: what is in it, and who refers to whom. */
export interface ProgramMap {
  items: readonly ProgramItem[];
  /** What references were found by: the linker's relocations, or the code. */
  by: 'relocations' | 'code';
  /** The items that refer to one, by place in `items`. */
  referrers: (item: number) => readonly number[];
  /** A shortest way from the entry point to an item, both included; undefined if none was found. */
  pathTo: (item: number) => ProgramItem[] | undefined;
}

interface Piece {
  item: ProgramItem;
  start: number;
  end: number;
}

interface Loaded {
  section: Section;
  bytes: Uint8Array;
  isCode: boolean;
  pieces: Piece[];
}

// "<crate>.<hash>-cgu.<n>", as in producer.ts.
const UNIT_CRATE = /^(\w+)\.[0-9a-f]{1,16}-cgu\.\d+(?:\.o)?$/;

/**
 * Takes a linked program apart. It must have its symbol table.
 *
 * References are the linker's relocations, if the program was linked with --emit-relocs; else they are found in the code
 * (AArch64, x86-64) and in words of data that are addresses.
 */
export function mapProgram(elf: Elf): ProgramMap {
  const loaded = loadedSections(elf);
  placeSymbols(elf, loaded, demangle);
  const fromRelocations = relocationReferences(elf);
  const raw =
    fromRelocations.length > 0 ? fromRelocations : [...codeReferences(elf, loaded), ...dataReferences(elf, loaded)];
  const references = [...raw, ...dynamicReferences(elf)];
  fillGaps(loaded, references, elf.entry);

  const items = loaded.flatMap(({ pieces }) => pieces.map(({ item }) => item));
  const numbers = new Map(items.map((item, index) => [item, index]));
  const numberAt = (address: bigint): number | undefined => {
    const home = sectionAt(loaded, address);
    const piece = home && pieceAt(home.pieces, Number(address - home.section.address));
    return piece && numbers.get(piece.item);
  };
  const { to, from } = edges(references, items.length, numberAt);
  const parents = shortestWays(numberAt(elf.entry), to, items.length);
  return {
    items,
    by: fromRelocations.length > 0 ? 'relocations' : 'code',
    referrers: (item) => [...(from[item] ?? [])],
    pathTo: (item) => {
      if (parents[item] === undefined) return undefined;
      const path: ProgramItem[] = [];
      for (let at = item; ; at = parents[at]!) {
        path.unshift(items[at]!);
        if (parents[at] === at) return path;
      }
    },
  };
}

/** What is in a linked program, without who refers to whom; each by the name that the file has, which nobody is to see. */
export function programItems(elf: Elf): ProgramItem[] {
  const loaded = loadedSections(elf);
  placeSymbols(elf, loaded, (symbol) => symbol);
  fillGaps(loaded, [], elf.entry);
  return loaded.flatMap(({ pieces }) => pieces.map(({ item }) => item));
}

function loadedSections(elf: Elf): Loaded[] {
  return elf.sections
    .filter(({ flags, size }) => (flags & BigInt(SHF_ALLOC)) !== 0n && size > 0)
    .map((section) => ({
      section,
      bytes: elf.sectionBytes(section),
      isCode: (section.flags & BigInt(SHF_EXECINSTR)) !== 0n,
      pieces: [],
    }));
}

/** Gives each section the functions and objects of the symbol table: of several for one place the first with a size. */
function placeSymbols(elf: Elf, loaded: readonly Loaded[], nameOf: (symbol: string) => string): void {
  const bySection = new Map(loaded.map((each) => [each.section.index, each]));
  const found = new Map<Loaded, Map<number, { symbol: ElfSymbol; unit?: string }>>();
  let unit: string | undefined;
  for (const symbol of elf.symbols()) {
    if (symbol.type === STT_FILE) unit = UNIT_CRATE.exec(symbol.name)?.[1];
    const home = bySection.get(symbol.section);
    const isLabel = symbol.type === 0 && symbol.name !== '' && !symbol.name.startsWith('$');
    if (!home || !(symbol.type === STT_FUNC || symbol.type === STT_OBJECT || isLabel)) continue;
    const offset = Number(symbol.value - home.section.address);
    if (offset < 0 || offset >= home.section.size) continue;
    const inSection = found.get(home) ?? new Map<number, { symbol: ElfSymbol; unit?: string }>();
    found.set(home, inSection);
    const known = inSection.get(offset)?.symbol;
    // Global symbols come after all files.
    if (!known || (known.size === 0n && symbol.size > 0n)) {
      inSection.set(offset, { symbol, ...(symbol.binding === 0 && unit ? { unit } : {}) });
    }
  }
  for (const [home, symbols] of found) home.pieces = piecesOf(home, symbols, nameOf);
}

function piecesOf(
  home: Loaded,
  symbols: ReadonlyMap<number, { symbol: ElfSymbol; unit?: string }>,
  nameOf: (symbol: string) => string,
): Piece[] {
  const { section, isCode } = home;
  const sorted = [...symbols].sort(([a], [b]) => a - b);
  const pieces: Piece[] = [];
  sorted.forEach(([start, { symbol, unit }], index) => {
    const last = pieces.at(-1);
    // A label inside of a function is no function.
    if (last && start < last.end) return;
    const next = sorted[index + 1]?.[0] ?? section.size;
    const end = symbol.size > 0n ? Math.min(start + Number(symbol.size), section.size) : next;
    const crate = crateOf(symbol.name) ?? unit;
    pieces.push({
      start,
      end,
      item: {
        name: nameOf(symbol.name),
        symbol: symbol.name,
        ...(crate === undefined ? {} : { crate }),
        ...{ kind: isCode ? 'code' : 'data', address: symbol.value, section: section.name },
        size: section.type === SHT_NOBITS ? 0 : end - start,
      },
    });
  });
  return pieces;
}

function sectionAt(loaded: readonly Loaded[], address: bigint): Loaded | undefined {
  return loaded.find(({ section }) => address >= section.address && address < section.address + BigInt(section.size));
}

function pieceAt(pieces: readonly Piece[], offset: number): Piece | undefined {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pieces[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  const found = pieces[low - 1];
  return found && offset < found.end ? found : undefined;
}

// R_X86_64_PC32, PLT32, GOTPCREL, GOTPCRELX, REX_GOTPCRELX: relative to the end of their four bytes.
const X86_PC_RELATIVE = new Set([2, 4, 9, 41, 42]);

/** Of a program that was linked with --emit-relocs; its relocations have addresses of memory. */
function relocationReferences(elf: Elf): RawReference[] {
  const symbols = elf.symbols();
  return elf.relocationSections().flatMap(({ dynamic, target, entries }) => {
    if (dynamic || target === undefined || (target.flags & BigInt(SHF_ALLOC)) === 0n) return [];
    return entries.flatMap(({ offset, symbol, addend, type }): RawReference[] => {
      const named = symbols[symbol];
      if (!named || named.section === 0) return [];
      if (named.type !== STT_SECTION) return [{ from: offset, to: named.value }];
      const bias = elf.machine === MACHINES.x86_64 && X86_PC_RELATIVE.has(type) ? 4n : 0n;
      return [{ from: offset, to: named.value + addend + bias }];
    });
  });
}

function codeReferences(elf: Elf, loaded: readonly Loaded[]): RawReference[] {
  const starts = new Set(loaded.flatMap(({ pieces }) => pieces.map(({ item }) => item.address)));
  return loaded.flatMap(({ section: { address }, bytes, isCode }) => {
    if (!isCode) return [];
    if (elf.machine === MACHINES.aarch64) return aarch64References({ bytes, address });
    if (elf.machine === MACHINES.x86_64) return x86References({ bytes, address }, (to) => starts.has(to));
    return [];
  });
}

/** Words of data that are addresses of the program; of code, only where a function begins. */
function dataReferences(elf: Elf, loaded: readonly Loaded[]): RawReference[] {
  const width = elf.bits / 8;
  const found: RawReference[] = [];
  for (const { section, bytes, isCode } of loaded) {
    if (isCode) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = -Number(section.address & BigInt(width - 1)) & (width - 1); at + width <= bytes.length; at += width) {
      const to = width === 8 ? view.getBigUint64(at, elf.littleEndian) : BigInt(view.getUint32(at, elf.littleEndian));
      const home = to === 0n ? undefined : sectionAt(loaded, to);
      if (home === undefined) continue;
      const offset = Number(to - home.section.address);
      if (home.isCode && pieceAt(home.pieces, offset)?.start !== offset) continue;
      found.push({ from: section.address + BigInt(at), to });
    }
  }
  return found;
}

/** What the loader of a position-independent program fills in. */
function dynamicReferences(elf: Elf): RawReference[] {
  return elf
    .relocationSections()
    .filter(({ dynamic }) => dynamic)
    .flatMap(({ entries }) => entries.filter(({ symbol, addend }) => symbol === 0 && addend > 0n))
    .map(({ offset, addend }) => ({ from: offset, to: addend }));
}

/** What no symbol names becomes items, too: one for each place that something refers to. */
function fillGaps(loaded: readonly Loaded[], references: readonly RawReference[], entry: bigint): void {
  const named = new Map<Loaded, Set<number>>();
  for (const to of [entry, ...references.map((reference) => reference.to)]) {
    const home = sectionAt(loaded, to);
    if (!home) continue;
    const offset = Number(to - home.section.address);
    if (pieceAt(home.pieces, offset)) continue;
    const offsets = named.get(home) ?? new Set();
    named.set(home, offsets.add(offset));
  }
  for (const home of loaded) {
    const cuts = [...(named.get(home) ?? [])].sort((a, b) => a - b);
    const filled: Piece[] = [];
    let at = 0;
    let cut = 0;
    const fill = (end: number) => {
      while (at < end) {
        while (cut < cuts.length && cuts[cut]! <= at) cut++;
        const next = Math.min(end, cuts[cut] ?? end);
        filled.push(unnamed(home, at, next));
        at = next;
      }
    };
    for (const piece of home.pieces) {
      fill(piece.start);
      filled.push(piece);
      at = piece.end;
    }
    fill(home.section.size);
    home.pieces = filled;
  }
}

function unnamed({ section, isCode }: Loaded, start: number, end: number): Piece {
  return {
    start,
    end,
    item: {
      name: `${section.name}+0x${start.toString(16)}`,
      kind: isCode ? 'code' : 'data',
      address: section.address + BigInt(start),
      size: section.type === SHT_NOBITS ? 0 : end - start,
      section: section.name,
    },
  };
}

function edges(references: readonly RawReference[], count: number, numberAt: (address: bigint) => number | undefined) {
  const make = () => Array.from({ length: count }, () => new Set<number>());
  const [to, from] = [make(), make()];
  for (const reference of references) {
    const [a, b] = [numberAt(reference.from), numberAt(reference.to)];
    if (a === undefined || b === undefined || a === b) continue;
    to[a]!.add(b);
    from[b]!.add(a);
  }
  return { to, from };
}

/** For each item the one before it on a shortest way from `start`; for `start` itself, itself. */
function shortestWays(start: number | undefined, to: readonly Set<number>[], count: number): (number | undefined)[] {
  const parents = new Array<number | undefined>(count).fill(undefined);
  if (start === undefined) return parents;
  parents[start] = start;
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    for (const next of to[queue[at]!]!) {
      if (parents[next] !== undefined) continue;
      parents[next] = queue[at]!;
      queue.push(next);
    }
  }
  return parents;
}
