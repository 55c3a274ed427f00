import { ByteReader } from './byte-reader';
import type { Elf } from './elf';

export interface CompileUnit {
  /** DW_AT_name: the root source file and, from rustc, the codegen unit. */
  name: string;
  /** DW_AT_producer */
  producer: string;
  /** DW_AT_comp_dir: the folder that names are relative to. */
  folder: string;
  /** DW_AT_stmt_list: where its part of `.debug_line` starts. */
  lines?: number;
}

const DW_AT_NAME = 0x03;
const DW_AT_PRODUCER = 0x25;
const DW_AT_COMP_DIR = 0x1b;
const DW_AT_STMT_LIST = 0x10;
const DW_AT_STR_OFFSETS_BASE = 0x72;
/** Longer texts are cut off. */
const MAX_NAME = 4096;

/** Reads DWARF's variable-length numbers and forms from one section. */
export class Cursor {
  constructor(
    readonly reader: ByteReader,
    public at: number,
  ) {}

  u8(): number {
    return this.reader.u8(this.at++);
  }

  /** ULEB128; numbers here are small, what is above 2^53 becomes inexact and then out of bounds. */
  uleb(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  }

  /** SLEB128, for small numbers. */
  sleb(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return byte & 0x40 ? value - shift * 128 : value;
    }
  }

  skip(size: number): void {
    this.reader.slice(this.at, size, 'a debug information entry');
    this.at += size;
  }

  sized(size: number): number {
    const at = this.at;
    this.at += size;
    switch (size) {
      case 1:
        return this.reader.u8(at);
      case 2:
        return this.reader.u16(at);
      case 3:
        return this.reader.u8(at) + this.reader.u16(at + 1) * 256;
      case 8:
        return this.reader.size64(at);
      default:
        return this.reader.u32(at);
    }
  }

  cstring(): string {
    const rest = this.reader.slice(this.at, this.reader.length - this.at, 'a text');
    const end = rest.indexOf(0);
    const size = end < 0 ? rest.length : end;
    this.at += size + 1;
    return Buffer.from(rest.subarray(0, Math.min(size, MAX_NAME))).toString('utf8');
  }
}

/** A text of a table of texts. Many units may name one: no more of it is looked at than is used. */
export function textAt(reader: ByteReader, at: number): string {
  const rest = reader.slice(at, Math.min(Math.max(0, reader.length - at), MAX_NAME), 'a text');
  const end = rest.indexOf(0);
  return Buffer.from(rest.subarray(0, end < 0 ? rest.length : end)).toString('utf8');
}

type Text = { text: string } | { index: number };

interface Unit {
  version: number;
  offsetSize: 4 | 8;
  addressSize: number;
}

/**
 * Name and producer of every compile unit in `.debug_info` (DWARF 2–5): the first entry of each unit, nothing more.
 * Works for linked files; in a relocatable one the texts' positions are only known to its relocations.
 */
export function compileUnits(elf: Elf): CompileUnit[] {
  const part = (name: string) => {
    const section = elf.section(name);
    return section && new ByteReader(elf.sectionContent(section), elf.littleEndian, elf.file);
  };
  const info = part('.debug_info');
  const abbrev = part('.debug_abbrev');
  if (!info || !abbrev) return [];
  const strings = part('.debug_str');
  const lineStrings = part('.debug_line_str');
  const stringOffsets = part('.debug_str_offsets');

  const abbreviations = new Abbreviations(abbrev);
  // Attributes without bytes of their own could make each of many small units a long walk.
  let budget = 4 * info.length + (1 << 16);
  const units: CompileUnit[] = [];
  for (let start = 0; start + 4 <= info.length;) {
    let length = info.u32(start);
    let header = start + 4;
    let offsetSize: 4 | 8 = 4;
    if (length === 0xffffffff) {
      length = info.size64(header);
      header += 8;
      offsetSize = 8;
    }
    const end = header + length;
    if (length === 0 || end > info.length) info.fail('a debug unit that ends outside .debug_info', start);
    start = end;

    const cursor = new Cursor(new ByteReader(info.bytes.subarray(0, end), elf.littleEndian, elf.file), header);
    const version = cursor.sized(2);
    if (version < 2 || version > 5) continue;
    let addressSize: number;
    let abbrevOffset: number;
    if (version === 5) {
      const unitType = cursor.u8();
      addressSize = cursor.u8();
      abbrevOffset = cursor.sized(offsetSize);
      // Only compile (1) and partial (3) units have no further header fields.
      if (unitType !== 1 && unitType !== 3) continue;
    } else {
      abbrevOffset = cursor.sized(offsetSize);
      addressSize = cursor.u8();
    }
    const code = cursor.uleb();
    const attributes = code === 0 ? undefined : abbreviations.find(abbrevOffset, code);
    if (!attributes) continue;

    budget -= attributes.length;
    if (budget < 0) info.fail('debug units with too many attributes', header);
    let name: Text | undefined;
    let producer: Text | undefined;
    let folder: Text | undefined;
    let lines: number | undefined;
    let base = 2 * offsetSize;
    for (const [attribute, form] of attributes) {
      const value = readForm(cursor, form, { version, offsetSize, addressSize }, strings, lineStrings);
      if (attribute === DW_AT_NAME) name = value;
      else if (attribute === DW_AT_PRODUCER) producer = value;
      else if (attribute === DW_AT_COMP_DIR) folder = value;
      else if (attribute === DW_AT_STMT_LIST && value && 'index' in value) lines = value.index;
      else if (attribute === DW_AT_STR_OFFSETS_BASE && value && 'index' in value) base = value.index;
    }
    const resolve = (text: Text | undefined) => {
      if (!text) return '';
      if ('text' in text) return text.text;
      if (!stringOffsets || !strings) return '';
      return textAt(strings, new Cursor(stringOffsets, base + text.index * offsetSize).sized(offsetSize));
    };
    units.push({
      name: resolve(name),
      producer: resolve(producer),
      folder: resolve(folder),
      ...(lines === undefined ? {} : { lines }),
    });
  }
  return units;
}

/** The attributes of each unit's first entry, looked up by table and code. */
class Abbreviations {
  private readonly known = new Map<string, [number, number][] | undefined>();
  // Units may point anywhere into the tables; reading all of them a few times is enough for any real file.
  private budget: number;

  constructor(private readonly section: ByteReader) {
    this.budget = 4 * section.length + (1 << 16);
  }

  /** The (attribute, form) pairs of an abbreviation. */
  find(offset: number, code: number): [number, number][] | undefined {
    const key = `${offset}:${code}`;
    if (!this.known.has(key)) this.known.set(key, this.read(offset, code));
    return this.known.get(key);
  }

  private read(offset: number, wanted: number): [number, number][] | undefined {
    const cursor = new Cursor(this.section, offset);
    for (;;) {
      const start = cursor.at;
      const code = cursor.uleb();
      if (code === 0) return undefined;
      cursor.uleb(); // tag
      cursor.u8(); // has children
      const attributes: [number, number][] = [];
      for (;;) {
        const attribute = cursor.uleb();
        const form = cursor.uleb();
        if (form === 0x21) cursor.uleb(); // DW_FORM_implicit_const keeps its value here
        if (attribute === 0 && form === 0) break;
        attributes.push([attribute, form]);
      }
      this.budget -= cursor.at - start;
      if (this.budget < 0) this.section.fail('debug abbreviations that overlap each other', offset);
      if (code === wanted) return attributes;
    }
  }
}

/** Steps over one attribute. */
export function skipForm(cursor: Cursor, form: number, unit: Unit): void {
  readForm(cursor, form, unit, undefined, undefined);
}

/** Bytes of the forms that always have the same. */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 0x19: 0, 0x21: 0 }, // flag_present, implicit_const
  ...{ 0x0b: 1, 0x11: 1, 0x0c: 1, 0x29: 1 }, // data1, ref1, flag, addrx1
  ...{ 0x05: 2, 0x12: 2, 0x2a: 2, 0x2b: 3 }, // data2, ref2, addrx2, addrx3
  ...{ 0x13: 4, 0x1c: 4, 0x2c: 4 }, // ref4, ref_sup4, addrx4
  ...{ 0x07: 8, 0x14: 8, 0x20: 8, 0x24: 8, 0x1e: 16 }, // data8, ref8, ref_sig8, ref_sup8, data16
};
/** block1, block2, block4: bytes of the length that they begin with. */
const BLOCK_LENGTHS: Readonly<Record<number, number>> = { 0x0a: 1, 0x03: 2, 0x04: 4 };

/** Steps over one attribute; gives its text, or the index of a text in `.debug_str_offsets`. */
function readForm(
  cursor: Cursor,
  form: number,
  unit: Unit,
  strings: ByteReader | undefined,
  lineStrings: ByteReader | undefined,
): Text | undefined {
  const pointedTo = (section: ByteReader | undefined): Text => {
    const at = cursor.sized(unit.offsetSize);
    return { text: section ? textAt(section, at) : '' };
  };
  switch (form) {
    case 0x08: // string
      return { text: cursor.cstring() };
    case 0x0e: // strp
      return pointedTo(strings);
    case 0x1f: // line_strp
      return pointedTo(lineStrings);
    case 0x1a: // strx
      return { index: cursor.uleb() };
    case 0x25: // strx1 … strx4
    case 0x26:
    case 0x27:
    case 0x28:
      return { index: cursor.sized(form - 0x24) };
    case 0x17: // sec_offset
      return { index: cursor.sized(unit.offsetSize) };
    case 0x01: // addr
      cursor.skip(unit.addressSize);
      return undefined;
    case 0x10: // ref_addr
      cursor.skip(unit.version === 2 ? unit.addressSize : unit.offsetSize);
      return undefined;
    case 0x1d: // strp_sup
      cursor.skip(unit.offsetSize);
      return undefined;
    case 0x06: // data4, by which DWARF 2 and 3 point into sections
      return { index: cursor.sized(4) };
    case 0x09: // block, exprloc
    case 0x18:
      cursor.skip(cursor.uleb());
      return undefined;
    case 0x0d: // sdata, udata, ref_udata, addrx, loclistx, rnglistx: all end with the first byte below 0x80
    case 0x0f:
    case 0x15:
    case 0x1b:
    case 0x22:
    case 0x23:
      cursor.uleb();
      return undefined;
    default:
      if (form in BLOCK_LENGTHS) cursor.skip(cursor.sized(BLOCK_LENGTHS[form]!));
      else if (form in SIZES) cursor.skip(SIZES[form]!);
      else cursor.reader.fail(`unknown DWARF form 0x${form.toString(16)}`, cursor.at);
      return undefined;
  }
}
