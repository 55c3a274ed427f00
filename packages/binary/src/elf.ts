import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { ByteReader, FormatError, paddedText } from './byte-reader';
import {
  DT_NEEDED,
  DT_NULL,
  DT_STRTAB,
  PT_DYNAMIC,
  PT_LOAD,
  PT_NOTE,
  SHF_ALLOC,
  SHF_COMPRESSED,
  SHN_UNDEF,
  SHN_XINDEX,
  SHT_DYNSYM,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_REL,
  SHT_RELA,
  SHT_SYMTAB,
  STT_FILE,
} from './constants';
import { StringTable } from './string-table';

export interface Segment {
  type: number;
  flags: number;
  /** Position and size in the file, in bytes. */
  offset: number;
  fileSize: number;
  virtualAddress: bigint;
  physicalAddress: bigint;
  memorySize: bigint;
  align: bigint;
}

export interface Section {
  index: number;
  name: string;
  type: number;
  flags: bigint;
  address: bigint;
  /** Position and size in the file, in bytes; a NOBITS section has no bytes in the file. */
  offset: number;
  size: number;
  link: number;
  info: number;
  align: bigint;
  entrySize: number;
}

export interface ElfSymbol {
  name: string;
  value: bigint;
  size: bigint;
  /** STT_…: 1 object, 2 function, 3 section, 4 file. */
  type: number;
  /** STB_…: 0 local, 1 global, 2 weak. */
  binding: number;
  /** Index of its section; 0 undefined, 0xfff1 absolute. */
  section: number;
}

export interface Relocation {
  offset: bigint;
  type: number;
  /** Index into the linked symbol table. */
  symbol: number;
  addend: bigint;
}

export interface RelocationSection {
  name: string;
  /** The section that it changes; undefined for those of the dynamic linker. */
  target?: Section;
  /** Whether the loader and not the linker has to apply it. */
  dynamic: boolean;
  entries: Relocation[];
}

export interface Note {
  owner: string;
  type: number;
  description: Uint8Array;
}

// Programs have about ten, no linker writes more than some dozens. Every section is held against every segment.
const MAX_SEGMENTS = 512;
// deflate's best ratio is about 1:1032; debug information reaches 1:10.
const INFLATE_LIMIT = 1040;
/** Bytes of one inflated section. */
const MAX_INFLATED = 2 ** 30;
// Node has zstd since 22.15; its types came later.
const zstdDecompress = (zlib as unknown as { zstdDecompressSync?: typeof zlib.inflateSync }).zstdDecompressSync;

/**
 * An ELF file of 32 or 64 bits, little or big endian. The header tables are read at once, everything else on demand.
 * Layouts: System V ABI, chapter 4 ("Object Files") and 5.
 */
export class Elf {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly osAbi: number;
  /** ET_…: 1 relocatable, 2 executable, 3 shared or position-independent. */
  readonly type: number;
  /** EM_… */
  readonly machine: number;
  readonly entry: bigint;
  readonly flags: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];

  private readonly reader: ByteReader;
  private symbolCache = new Map<number, ElfSymbol[]>();

  /** @throws {FormatError} if the bytes are no ELF file or its header tables do not fit into it. */
  constructor(
    readonly bytes: Uint8Array,
    /** Name of the file, for messages. */
    readonly file?: string,
  ) {
    if (!isElf(bytes)) throw new FormatError('not an ELF file: it does not begin with 7f 45 4c 46', 0, { file });
    const ident = new ByteReader(bytes, true, file);
    const elfClass = ident.u8(4, 'the ELF class');
    const data = ident.u8(5, 'the byte order');
    if (elfClass !== 1 && elfClass !== 2) ident.fail(`ELF class ${elfClass} is neither 1 (32 bit) nor 2 (64 bit)`, 4);
    if (data !== 1 && data !== 2) ident.fail(`byte order ${data} is neither 1 (little) nor 2 (big endian)`, 5);
    this.bits = elfClass === 1 ? 32 : 64;
    this.littleEndian = data === 1;
    this.osAbi = ident.u8(7, 'the OS ABI');

    const reader = new ByteReader(bytes, this.littleEndian, file);
    this.reader = reader;
    const wide = this.bits === 64;
    reader.slice(0, wide ? 64 : 52, 'the ELF header');
    this.type = reader.u16(16);
    this.machine = reader.u16(18);
    this.entry = this.word(24);
    const phoff = this.size(wide ? 32 : 28, 'e_phoff');
    const shoff = this.size(wide ? 40 : 32, 'e_shoff');
    this.flags = reader.u32(wide ? 48 : 36);
    const tail = wide ? 54 : 42;
    const phentsize = reader.u16(tail);
    const phnum = reader.u16(tail + 2);
    const shentsize = reader.u16(tail + 4);
    let shnum = reader.u16(tail + 6);
    let shstrndx = reader.u16(tail + 8);

    if (shoff !== 0) {
      const least = wide ? 64 : 40;
      if (shentsize < least) reader.fail(`section headers of ${shentsize} bytes; they need ${least}`, tail + 4);
      // Counts that do not fit into 16 bits are in section header 0.
      const extended = shnum === 0 || shstrndx === SHN_XINDEX;
      if (extended) {
        const first = this.sectionHeader(shoff, 0);
        if (shnum === 0) shnum = first.size;
        if (shstrndx === SHN_XINDEX) shstrndx = first.link;
      }
      reader.slice(shoff, shnum * shentsize, `the table of ${shnum} section headers`);
    } else {
      shnum = 0;
    }
    const sections: Section[] = [];
    for (let i = 0; i < shnum; i++) sections.push(this.sectionHeader(shoff + i * shentsize, i));
    const names = sections[shstrndx];
    if (shstrndx !== SHN_UNDEF && names) {
      const table = new StringTable(this.sectionBytes(names), names.offset);
      sections.forEach((section, i) => (section.name = table.get(reader.u32(shoff + i * shentsize))));
    }
    this.sections = sections;

    const segments: Segment[] = [];
    if (phoff !== 0 && phnum > 0) {
      const least = wide ? 56 : 32;
      if (phentsize < least) reader.fail(`program headers of ${phentsize} bytes; they need ${least}`, tail);
      reader.slice(phoff, phnum * phentsize, `the table of ${phnum} program headers`);
      if (phnum > MAX_SEGMENTS) reader.fail(`${phnum} program headers are more than any program has`, tail + 2);
      for (let i = 0; i < phnum; i++) segments.push(this.programHeader(phoff + i * phentsize));
    }
    this.segments = segments;
  }

  private word(offset: number, what?: string): bigint {
    return this.bits === 64 ? this.reader.u64(offset, what) : BigInt(this.reader.u32(offset, what));
  }

  private size(offset: number, what?: string): number {
    return this.bits === 64 ? this.reader.size64(offset, what) : this.reader.u32(offset, what);
  }

  private programHeader(at: number): Segment {
    const { reader } = this;
    if (this.bits === 64) {
      return {
        type: reader.u32(at),
        flags: reader.u32(at + 4),
        offset: reader.size64(at + 8, 'p_offset'),
        virtualAddress: reader.u64(at + 16),
        physicalAddress: reader.u64(at + 24),
        fileSize: reader.size64(at + 32, 'p_filesz'),
        memorySize: reader.u64(at + 40),
        align: reader.u64(at + 48),
      };
    }
    return {
      type: reader.u32(at),
      offset: reader.u32(at + 4),
      virtualAddress: this.word(at + 8),
      physicalAddress: this.word(at + 12),
      fileSize: reader.u32(at + 16),
      memorySize: this.word(at + 20),
      flags: reader.u32(at + 24),
      align: this.word(at + 28),
    };
  }

  /** Reads one section header; the name comes from a section, so it is filled in later. */
  private sectionHeader(at: number, index: number): Section {
    const { reader } = this;
    const w = this.bits / 8;
    const body = at + 8;
    return {
      index,
      name: '',
      type: reader.u32(at + 4),
      flags: this.word(body),
      address: this.word(body + w),
      offset: this.size(body + 2 * w, 'sh_offset'),
      size: this.size(body + 3 * w, 'sh_size'),
      link: reader.u32(body + 4 * w),
      info: reader.u32(body + 4 * w + 4),
      align: this.word(body + 4 * w + 8),
      entrySize: this.size(body + 5 * w + 8, 'sh_entsize'),
    };
  }

  /** The first section of that name. */
  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** A section's bytes as they are in the file; none for NOBITS. */
  sectionBytes(section: Section): Uint8Array {
    if (section.type === SHT_NOBITS) return new Uint8Array();
    return this.reader.slice(section.offset, section.size, `section ${section.name || section.index}`);
  }

  /**
   * A section's content, inflated if it is compressed (SHF_COMPRESSED): with zlib, or with zstd where Node has it
   * (22.15 or newer).
   *
   * @throws {FormatError} if it cannot be: what only names things in messages should go on without.
   */
  sectionContent(section: Section): Uint8Array {
    const raw = this.sectionBytes(section);
    if ((section.flags & BigInt(SHF_COMPRESSED)) === 0n) return raw;
    const header = new ByteReader(raw, this.littleEndian, this.file);
    const kind = header.u32(0, 'the compression header');
    const headerSize = this.bits === 64 ? 24 : 12;
    const size = this.bits === 64 ? header.size64(8) : header.u32(4);
    if (kind !== 1 && kind !== 2)
      this.reader.fail(`section ${section.name} is compressed with unknown method ${kind}`, section.offset);
    const inflate = kind === 1 ? zlib.inflateSync : zstdDecompress;
    if (inflate === undefined) {
      this.reader.fail(`section ${section.name} is compressed with zstd, which Node has since 22.15`, section.offset);
    }
    if (size > Math.min(raw.length * INFLATE_LIMIT + 4096, MAX_INFLATED)) {
      this.reader.fail(`section ${section.name} says it inflates from ${raw.length} to ${size} bytes`, section.offset);
    }
    try {
      return inflate(raw.subarray(headerSize), { maxOutputLength: Math.max(size, 1) });
    } catch (error) {
      this.reader.fail(`section ${section.name} cannot be inflated: ${(error as Error).message}`, section.offset);
    }
  }

  /** The part of the file that a segment maps. */
  segmentBytes(segment: Segment): Uint8Array {
    return this.reader.slice(segment.offset, segment.fileSize, 'a segment');
  }

  /** Segments of type PT_LOAD, in the order of the file. */
  loads(): Segment[] {
    return this.segments.filter((segment) => segment.type === PT_LOAD);
  }

  /** Whether the file still has its symbol table. */
  get hasSymbols(): boolean {
    return this.sections.some((section) => section.type === SHT_SYMTAB);
  }

  /** All entries of .symtab, or of .dynsym. */
  symbols(kind: 'symtab' | 'dynsym' = 'symtab'): readonly ElfSymbol[] {
    const type = kind === 'symtab' ? SHT_SYMTAB : SHT_DYNSYM;
    const section = this.sections.find((candidate) => candidate.type === type);
    if (!section) return [];
    const cached = this.symbolCache.get(section.index);
    if (cached) return cached;
    const bytes = this.sectionBytes(section);
    const names = this.stringsOf(section);
    const reader = new ByteReader(bytes, this.littleEndian, this.file);
    const wide = this.bits === 64;
    const entrySize = wide ? 24 : 16;
    const symbols: ElfSymbol[] = [];
    for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
      const info = reader.u8(at + (wide ? 4 : 12));
      symbols.push({
        name: names.get(reader.u32(at)),
        value: wide ? reader.u64(at + 8) : BigInt(reader.u32(at + 4)),
        size: wide ? reader.u64(at + 16) : BigInt(reader.u32(at + 8)),
        type: info & 15,
        binding: info >> 4,
        section: reader.u16(at + (wide ? 6 : 14)),
      });
    }
    this.symbolCache.set(section.index, symbols);
    return symbols;
  }

  /** Names of the source files that the symbol table says (STT_FILE); much faster than {@link symbols}. */
  sourceFiles(): string[] {
    const section = this.sections.find(({ type }) => type === SHT_SYMTAB);
    if (!section) return [];
    const reader = new ByteReader(this.sectionBytes(section), this.littleEndian, this.file);
    const [entrySize, infoAt] = this.bits === 64 ? [24, 4] : [16, 12];
    const names = this.stringsOf(section);
    const files: string[] = [];
    for (let at = 0; at + entrySize <= reader.length; at += entrySize) {
      if ((reader.u8(at + infoAt) & 15) === STT_FILE) files.push(names.get(reader.u32(at)));
    }
    return files;
  }

  private stringsOf(section: Section): StringTable {
    const strings = this.sections[section.link];
    return strings ? new StringTable(this.sectionBytes(strings), strings.offset) : new StringTable(new Uint8Array(), 0);
  }

  /** Entries of the dynamic table (PT_DYNAMIC), up to DT_NULL. */
  dynamic(): { tag: bigint; value: bigint }[] {
    const segment = this.segments.find((candidate) => candidate.type === PT_DYNAMIC);
    if (!segment) return [];
    const bytes = this.segmentBytes(segment);
    const reader = new ByteReader(bytes, this.littleEndian, this.file);
    const w = this.bits / 8;
    const entries: { tag: bigint; value: bigint }[] = [];
    for (let at = 0; at + 2 * w <= bytes.length; at += 2 * w) {
      const tag = w === 8 ? reader.u64(at) : BigInt(reader.u32(at));
      if (tag === BigInt(DT_NULL)) break;
      entries.push({ tag, value: w === 8 ? reader.u64(at + 8) : BigInt(reader.u32(at + 4)) });
    }
    return entries;
  }

  /** Names of the shared libraries that it is linked with (DT_NEEDED), each once. */
  needed(): string[] {
    const entries = this.dynamic();
    const names = entries.filter(({ tag }) => tag === BigInt(DT_NEEDED)).map(({ value }) => value);
    const address = entries.find(({ tag }) => tag === BigInt(DT_STRTAB))?.value;
    if (names.length === 0 || address === undefined) return [];
    const home = this.loads().find(
      ({ virtualAddress, fileSize }) => address >= virtualAddress && address < virtualAddress + BigInt(fileSize),
    );
    if (home === undefined) this.reader.fail('its dynamic names (DT_STRTAB) lie in no segment', 0);
    const skipped = Number(address - home.virtualAddress);
    const table = new StringTable(this.segmentBytes(home).subarray(skipped), home.offset + skipped);
    return [...new Set(names)].map((at) => table.get(Number(at)));
  }

  /** All REL and RELA sections. */
  relocationSections(): RelocationSection[] {
    const result: RelocationSection[] = [];
    const wide = this.bits === 64;
    // Sections may overlap; a file cannot hold more entries than its own size allows.
    let budget = this.bytes.length;
    for (const section of this.sections) {
      if (section.type !== SHT_RELA && section.type !== SHT_REL) continue;
      budget -= section.size;
      if (budget < 0) this.reader.fail('relocation sections overlap each other', section.offset);
      const withAddend = section.type === SHT_RELA;
      const bytes = this.sectionBytes(section);
      const reader = new ByteReader(bytes, this.littleEndian, this.file);
      const entrySize = (wide ? 16 : 8) + (withAddend ? (wide ? 8 : 4) : 0);
      const entries: Relocation[] = [];
      for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
        const info = wide ? reader.u64(at + 8) : BigInt(reader.u32(at + 4));
        const addend = !withAddend ? 0n : wide ? reader.u64(at + 16) : BigInt(reader.u32(at + 8));
        entries.push({
          offset: wide ? reader.u64(at) : BigInt(reader.u32(at)),
          type: wide ? Number(info & 0xffffffffn) : Number(info & 0xffn),
          symbol: wide ? Number(info >> 32n) : Number(info >> 8n),
          addend: BigInt.asIntN(this.bits, addend),
        });
      }
      const dynamic = (section.flags & BigInt(SHF_ALLOC)) !== 0n;
      result.push({ name: section.name, target: dynamic ? undefined : this.sections[section.info], dynamic, entries });
    }
    return result;
  }

  /** Notes of the note sections, or of the note segments of a file without sections. */
  notes(): Note[] {
    const parts = this.sections.some((section) => section.type === SHT_NOTE)
      ? this.sections.filter((section) => section.type === SHT_NOTE).map((section) => this.sectionBytes(section))
      : this.segments.filter((segment) => segment.type === PT_NOTE).map((segment) => this.segmentBytes(segment));
    let budget = this.bytes.length;
    return parts.flatMap((bytes) => {
      budget -= bytes.length;
      if (budget < 0) this.reader.fail('note sections overlap each other', 0);
      return this.notesIn(bytes);
    });
  }

  private notesIn(bytes: Uint8Array): Note[] {
    const reader = new ByteReader(bytes, this.littleEndian, this.file);
    const notes: Note[] = [];
    const pad = (size: number) => (size + 3) & ~3;
    for (let at = 0; at + 12 <= bytes.length;) {
      const nameSize = reader.u32(at);
      const size = reader.u32(at + 4);
      const name = reader.slice(at + 12, nameSize, "a note's owner");
      const from = at + 12 + pad(nameSize);
      notes.push({
        owner: paddedText(name),
        type: reader.u32(at + 8),
        description: reader.slice(from, size, 'a note'),
      });
      at = from + pad(size);
    }
    return notes;
  }

  /** The texts in `.comment`: compilers and linkers write their names there. */
  comments(): string[] {
    const section = this.section('.comment');
    if (!section) return [];
    const text = Buffer.from(this.sectionContent(section)).toString('utf8');
    return [...new Set(text.split('\0').filter((part) => part !== ''))];
  }

  /** Translates an address of a LOAD segment into a position in the file. */
  fileOffset(address: bigint): number | undefined {
    for (const { virtualAddress, fileSize, offset } of this.loads()) {
      if (address >= virtualAddress && address < virtualAddress + BigInt(fileSize)) {
        return offset + Number(address - virtualAddress);
      }
    }
    return undefined;
  }
}

/** Whether the bytes begin like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Whether a file begins like an ELF file; only its first bytes are read. */
export function isElfFile(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    return readSync(file, start, 0, 4, 0) === 4 && isElf(start);
  } finally {
    closeSync(file);
  }
}

/** @throws {FormatError} if the bytes are no ELF file or its header tables do not fit into it. */
export function parseElf(bytes: Uint8Array, file?: string): Elf {
  return new Elf(bytes, file);
}

/** Reads an ELF file from disk. @throws {FormatError} as {@link parseElf}. */
export async function readElf(path: string): Promise<Elf> {
  return new Elf(await readFile(path), path);
}
