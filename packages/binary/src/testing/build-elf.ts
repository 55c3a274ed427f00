/** Writes small ELF files for tests: only what a test names is in them. */

export interface SegmentSpec {
  type?: number;
  flags?: number;
  virtualAddress?: bigint;
  physicalAddress?: bigint;
  /** File content; placed at `offset` or behind what is there. */
  bytes?: Uint8Array;
  offset?: number;
  fileSize?: number;
  memorySize?: bigint;
}

export interface SectionSpec {
  name: string;
  type?: number;
  flags?: number;
  address?: bigint;
  bytes?: Uint8Array;
  /** Where the content is, if it is in a segment already. */
  offset?: number;
  size?: number;
  link?: number;
  info?: number;
  entrySize?: number;
}

export interface SymbolSpec {
  name: string;
  value?: bigint;
  size?: bigint;
  type?: number;
  binding?: number;
  section?: number;
}

export interface ElfSpec {
  bits?: 32 | 64;
  littleEndian?: boolean;
  type?: number;
  machine?: number;
  entry?: bigint;
  segments?: SegmentSpec[];
  sections?: SectionSpec[];
  symbols?: SymbolSpec[];
  /** Texts of `.comment`. */
  comments?: string[];
}

class Writer {
  private parts: number[] = [];
  constructor(
    private readonly littleEndian: boolean,
    private readonly bits: 32 | 64,
  ) {}
  int(value: bigint | number, size: number): this {
    const bytes = Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
    this.parts.push(...(this.littleEndian ? bytes : bytes.reverse()));
    return this;
  }
  word(value: bigint | number): this {
    return this.int(value, this.bits / 8);
  }
  bytes(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}

/** Text bytes with a NUL behind each text and one in front. */
export function stringTable(texts: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  let text = '\0';
  for (const part of texts) {
    offsets.push(Buffer.byteLength(text));
    text += `${part}\0`;
  }
  return { bytes: Buffer.from(text), offsets };
}

/** Builds an ELF file; by default a 64-bit little-endian aarch64 ET_EXEC with one executable segment. */
export function buildElf(spec: ElfSpec = {}): Uint8Array {
  const { bits = 64, littleEndian = true, type = 2, machine = 183, entry = 0x400000n } = spec;
  const wide = bits === 64;
  const ehsize = wide ? 64 : 52;
  const phentsize = wide ? 56 : 32;
  const shentsize = wide ? 64 : 40;
  const segments = spec.segments ?? [{ virtualAddress: 0x400000n, bytes: Uint8Array.of(0xc0, 3, 0x5f, 0xd6) }];
  const sections: SectionSpec[] = [...(spec.sections ?? [])];
  if (spec.comments) sections.push({ name: '.comment', bytes: stringTable(spec.comments).bytes });
  if (spec.symbols) {
    const names = stringTable(spec.symbols.map((symbol) => symbol.name));
    const writer = new Writer(littleEndian, bits);
    const entrySize = wide ? 24 : 16;
    for (let i = 0; i < entrySize; i++) writer.int(0, 1);
    spec.symbols.forEach(({ value = 0n, size = 0n, type = 2, binding = 1, section = 1 }, i) => {
      const info = (binding << 4) | type;
      writer.int(names.offsets[i] as number, 4);
      if (wide) writer.int(info, 1).int(0, 1).int(section, 2).int(value, 8).int(size, 8);
      else writer.int(value, 4).int(size, 4).int(info, 1).int(0, 1).int(section, 2);
    });
    sections.push({ name: '.symtab', type: 2, bytes: writer.bytes(), link: sections.length + 2, entrySize });
    sections.push({ name: '.strtab', type: 3, bytes: names.bytes });
  }

  const chunks: { at: number; bytes: Uint8Array }[] = [];
  let end = ehsize + segments.length * phentsize;
  const place = (bytes: Uint8Array, at = end): number => {
    chunks.push({ at, bytes });
    end = Math.max(end, at + bytes.length);
    return at;
  };
  const programHeaders = new Writer(littleEndian, bits);
  for (const s of segments) {
    const bytes = s.bytes ?? new Uint8Array();
    const offset = s.bytes ? place(bytes, s.offset) : (s.offset ?? 0);
    const fileSize = s.fileSize ?? bytes.length;
    const address = s.virtualAddress ?? 0n;
    const flags = s.flags ?? 5;
    programHeaders.int(s.type ?? 1, 4);
    if (wide) programHeaders.int(flags, 4);
    programHeaders
      .word(offset)
      .word(address)
      .word(s.physicalAddress ?? address)
      .word(fileSize);
    programHeaders.word(s.memorySize ?? BigInt(fileSize));
    if (!wide) programHeaders.int(flags, 4);
    programHeaders.word(0x1000);
  }
  let sectionTable: Uint8Array = new Uint8Array();
  let sectionsAt = 0;
  if (sections.length > 0) {
    const all: SectionSpec[] = [{ name: '', type: 0 }, ...sections, { name: '.shstrtab', type: 3 }];
    const names = stringTable(all.map((section) => section.name));
    (all[all.length - 1] as SectionSpec).bytes = names.bytes;
    const table = new Writer(littleEndian, bits);
    all.forEach((s, i) => {
      const offset = s.bytes ? place(s.bytes, s.offset) : (s.offset ?? 0);
      table
        .int(names.offsets[i] as number, 4)
        .int(s.type ?? 1, 4)
        .word(s.flags ?? 0)
        .word(s.address ?? 0n);
      table
        .word(offset)
        .word(s.size ?? s.bytes?.length ?? 0)
        .int(s.link ?? 0, 4)
        .int(s.info ?? 0, 4);
      table.word(1).word(s.entrySize ?? 0);
    });
    sectionTable = table.bytes();
    sectionsAt = end;
  }
  const header = new Writer(littleEndian, bits);
  header.int(0x7f, 1).int(0x45, 1).int(0x4c, 1).int(0x46, 1);
  header
    .int(wide ? 2 : 1, 1)
    .int(littleEndian ? 1 : 2, 1)
    .int(1, 1);
  for (let i = 0; i < 9; i++) header.int(0, 1);
  header.int(type, 2).int(machine, 2).int(1, 4).word(entry);
  header
    .word(segments.length > 0 ? ehsize : 0)
    .word(sectionsAt)
    .int(0, 4);
  header.int(ehsize, 2).int(phentsize, 2).int(segments.length, 2).int(shentsize, 2);
  header.int(sections.length > 0 ? sections.length + 2 : 0, 2).int(sections.length > 0 ? sections.length + 1 : 0, 2);

  const file = new Uint8Array(Math.max(end, sectionsAt) + sectionTable.length);
  file.set(header.bytes(), 0);
  file.set(programHeaders.bytes(), ehsize);
  for (const { at, bytes } of chunks) file.set(bytes, at);
  file.set(sectionTable, sectionsAt === 0 ? file.length : sectionsAt);
  return file;
}

/** Builds an ar archive in GNU's form, with a `//` table for long names. */
export function buildAr(members: readonly { name: string; bytes: Uint8Array }[]): Uint8Array {
  const header = (name: string, size: number) =>
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${String(size).padEnd(10)}\`\n`,
    );
  const table = members.map((member) => `${member.name}/\n`);
  const starts = table.map((_, i) => table.slice(0, i).join('').length);
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  const add = (name: string, bytes: Uint8Array) => {
    parts.push(header(name, bytes.length), bytes);
    if (bytes.length % 2 === 1) parts.push(Buffer.from('\n'));
  };
  add('//', Buffer.from(table.join('')));
  members.forEach((member, i) => {
    if (member.name.length < 15) add(`${member.name}/`, member.bytes);
    else add(`/${starts[i]}`, member.bytes);
  });
  return Buffer.concat(parts);
}
