import { posix } from 'node:path';
import { ByteReader, FormatError } from './byte-reader';
import { compileUnits, Cursor, skipForm, textAt } from './dwarf';
import type { Elf } from './elf';

/** A place in a source file. Lines and columns count from 1; a column of 0 is not known. */
export interface SourcePlace {
  /** As the compiler names it, with the folder that it ran in. */
  file: string;
  line: number;
  column: number;
}

/** Rows of a program's line table that belong together: each is for the addresses up to the next. */
interface Row {
  address: bigint;
  file: string;
  line: number;
  column: number;
}

interface Sequence {
  start: bigint;
  /** First address behind it. */
  end: bigint;
  rows: Row[];
}

/** Finds the line of the source that an address comes from. */
export class LineTable {
  private readonly files: ReadonlySet<string>;

  constructor(private readonly sequences: readonly Sequence[]) {
    this.files = new Set(sequences.flatMap(({ rows }) => rows.map(({ file }) => file)));
  }

  /**
   * The place of an address. What was inlined there has the place of its own source; with `accept`, the last place at or
   * before the address, but not before `from`, whose file it accepts.
   */
  lookup(
    address: bigint,
    { from = address, accept }: { from?: bigint; accept?: (file: string) => boolean } = {},
  ): SourcePlace | undefined {
    // Functions that the linker dropped have address 0, and would cover others.
    const found = this.sequences.find(({ start, end }) => start > 0n && start <= address && address < end);
    if (!found) return undefined;
    const { rows } = found;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    let at = low - 1;
    if (accept) while (at >= 0 && rows[at]!.address >= from && !(rows[at]!.line > 0 && accept(rows[at]!.file))) at--;
    const row = rows[at];
    if (!row || row.line <= 0 || (accept && row.address < from)) return undefined;
    return { file: row.file, line: row.line, column: row.column };
  }

  /** The files whose names end with this path, as the compiler names them. */
  filesNamed(path: string): string[] {
    return [...this.files].filter((file) => file === path || file.endsWith(`/${path}`)).sort();
  }
}

const DW_LNCT_PATH = 1;
const DW_LNCT_DIRECTORY_INDEX = 2;

/**
 * The line table of a linked ELF file (`.debug_line`, DWARF 2–5). Damaged parts are left out: what is lost are lines,
 * not the rest of a diagnosis.
 */
export function lineTable(elf: Elf): LineTable {
  const part = (name: string) => {
    const section = elf.section(name);
    return section && new ByteReader(elf.sectionContent(section), elf.littleEndian, elf.file);
  };
  const sequences: Sequence[] = [];
  try {
    const lines = part('.debug_line');
    if (!lines) return new LineTable([]);
    const texts = { strings: part('.debug_str'), lineStrings: part('.debug_line_str') };
    const folders = new Map(compileUnits(elf).map(({ lines: at, folder }) => [at, folder]));
    for (let start = 0; start + 4 <= lines.length;) {
      const program = new LineProgram(lines, start, elf.littleEndian, texts, folders.get(start));
      start = program.end;
      try {
        sequences.push(...program.run());
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return new LineTable(sequences.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)));
}

/** An absolute name starts anew. */
const inFolder = (folder: string | undefined, name: string) =>
  folder === undefined || name.startsWith('/') ? name : posix.join(folder, name);

interface Texts {
  strings: ByteReader | undefined;
  lineStrings: ByteReader | undefined;
}

/** One unit of `.debug_line`: a header and a program that makes the rows (DWARF 5, 6.2). */
class LineProgram {
  readonly end: number;
  private readonly cursor: Cursor;
  private readonly offsetSize: 4 | 8;

  constructor(
    section: ByteReader,
    start: number,
    littleEndian: boolean,
    private readonly texts: Texts,
    private readonly folder: string | undefined,
  ) {
    let length = section.u32(start);
    let at = start + 4;
    this.offsetSize = 4;
    if (length === 0xffffffff) {
      length = section.size64(at);
      at += 8;
      this.offsetSize = 8;
    }
    this.end = at + length;
    if (length === 0 || this.end > section.length) section.fail('a line table that ends outside .debug_line', start);
    this.cursor = new Cursor(new ByteReader(section.bytes.subarray(0, this.end), littleEndian, section.file), at);
  }

  run(): Sequence[] {
    const { cursor } = this;
    const version = cursor.sized(2);
    if (version < 2 || version > 5) return [];
    let addressSize = 8;
    if (version === 5) {
      addressSize = cursor.u8();
      cursor.u8(); // size of a segment selector
    }
    const headerSize = cursor.sized(this.offsetSize);
    const code = cursor.at + headerSize;
    const instruction = cursor.u8();
    if (version >= 4) cursor.u8(); // operations in an instruction: more than one is for VLIW
    cursor.u8(); // default of is_stmt
    const lineBase = (cursor.u8() << 24) >> 24;
    const lineRange = cursor.u8();
    const opcodeBase = cursor.u8();
    if (lineRange === 0 || opcodeBase === 0) cursor.reader.fail('a line table whose steps have no size', code);
    const operands = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
    const files = version === 5 ? this.files5(addressSize) : this.files4();
    const nameOf = (index: number) => files[version === 5 ? index : index - 1] ?? '';
    cursor.at = code;

    const sequences: Sequence[] = [];
    let rows: Row[] = [];
    let address = 0n;
    let [file, line, column] = [1, 1, 0];
    const addRow = () => rows.push({ address, file: nameOf(file), line, column });
    const finish = () => {
      const start = rows[0]?.address;
      if (start !== undefined && start < address) sequences.push({ start, end: address, rows });
      rows = [];
      address = 0n;
      [file, line, column] = [1, 1, 0];
    };
    const advance = (steps: number) => {
      address = BigInt.asUintN(64, address + BigInt(Math.min(steps, Number.MAX_SAFE_INTEGER) * instruction));
    };
    while (cursor.at < this.end) {
      const opcode = cursor.u8();
      if (opcode >= opcodeBase) {
        const special = opcode - opcodeBase;
        advance(Math.floor(special / lineRange));
        line += lineBase + (special % lineRange);
        addRow();
        continue;
      }
      switch (opcode) {
        case 0: {
          const size = cursor.uleb();
          const next = cursor.at + size;
          const extended = size > 0 ? cursor.u8() : 0;
          if (extended === 1) finish();
          else if (extended === 2) address = size === 9 ? cursor.reader.u64(cursor.at) : BigInt(cursor.sized(size - 1));
          // What else there is (DW_LNE_define_file, discriminators) changes no place.
          cursor.at = next;
          break;
        }
        case 1: // copy
          addRow();
          break;
        case 2: // advance_pc
          advance(cursor.uleb());
          break;
        case 3: // advance_line
          line += cursor.sleb();
          break;
        case 4: // set_file
          file = cursor.uleb();
          break;
        case 5: // set_column
          column = cursor.uleb();
          break;
        case 8: // const_add_pc
          advance(Math.floor((255 - opcodeBase) / lineRange));
          break;
        case 9: // fixed_advance_pc
          address += BigInt(cursor.sized(2));
          break;
        default:
          for (let i = operands[opcode - 1] ?? 0; i > 0; i--) cursor.uleb();
      }
    }
    return sequences;
  }

  /** Folders and files up to version 4; a folder of 0 is the one that the compiler ran in. */
  private files4(): string[] {
    const { cursor, folder = '' } = this;
    const folders = [folder];
    for (let name = cursor.cstring(); name !== ''; name = cursor.cstring()) folders.push(inFolder(folder, name));
    const files: string[] = [];
    for (let name = cursor.cstring(); name !== ''; name = cursor.cstring()) {
      files.push(inFolder(folders[cursor.uleb()] ?? folder, name));
      cursor.uleb(); // time
      cursor.uleb(); // size
    }
    return files;
  }

  private files5(addressSize: number): string[] {
    const folders: string[] = [];
    for (const { name } of this.entries5(addressSize)) {
      folders.push(inFolder(folders[0], name));
    }
    return this.entries5(addressSize).map(({ name, folder }) => inFolder(folders[folder], name));
  }

  private entries5(addressSize: number): { name: string; folder: number }[] {
    const { cursor, offsetSize } = this;
    const formats = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const);
    const count = cursor.uleb();
    // An entry has a byte at least, or there would be no end to them.
    if (count > this.end || (formats.length === 0 && count > 0))
      cursor.reader.fail('too many files in a line table', cursor.at);
    return Array.from({ length: count }, () => {
      let name = '';
      let folder = 0;
      for (const [content, form] of formats) {
        if (content === DW_LNCT_PATH) name = this.text(form);
        else if (content === DW_LNCT_DIRECTORY_INDEX)
          folder = form === 0x0f ? cursor.uleb() : cursor.sized(form === 0x0b ? 1 : 2);
        else skipForm(cursor, form, { version: 5, offsetSize, addressSize });
      }
      return { name, folder };
    });
  }

  private text(form: number): string {
    const { cursor, offsetSize, texts } = this;
    if (form === 0x08) return cursor.cstring();
    const at = cursor.sized(offsetSize);
    const section = form === 0x1f ? texts.lineStrings : form === 0x0e ? texts.strings : undefined;
    return section ? textAt(section, at) : '';
  }
}
