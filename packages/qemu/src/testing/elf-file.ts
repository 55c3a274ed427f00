/** A function of a test's ELF file. */
export interface TestFunction {
  name: string;
  /** Bytes from the start of the code. */
  at: number;
  size: number;
}

/**
 * An aarch64 ELF executable: one LOAD segment with `code` in a section .text, and a symbol table unless `functions` is
 * undefined. Layout: header, program header, code, symbols, strings, section names, section headers.
 */
export function elfFile(
  code: Uint8Array,
  address: { virtual: bigint; physical: bigint; entry?: bigint },
  functions?: readonly TestFunction[],
): Uint8Array {
  const names = ['', '.text', '.symtab', '.strtab', '.shstrtab'];
  const table = (strings: readonly string[]) => Buffer.from(`${strings.join('\0')}\0`);
  const offsetIn = (strings: readonly string[], wanted: string) =>
    strings.slice(0, strings.indexOf(wanted)).reduce((sum, { length }) => sum + length + 1, 0);
  const strings = ['', ...(functions ?? []).map(({ name }) => name)];
  const symbols = Buffer.alloc(24 * ((functions?.length ?? 0) + 1));
  functions?.forEach(({ name, at, size }, i) => {
    symbols.writeUInt32LE(offsetIn(strings, name), 24 * (i + 1));
    symbols.writeUInt8(0x12, 24 * (i + 1) + 4); // STB_GLOBAL, STT_FUNC
    symbols.writeUInt16LE(1, 24 * (i + 1) + 6);
    symbols.writeBigUInt64LE(address.virtual + BigInt(at), 24 * (i + 1) + 8);
    symbols.writeBigUInt64LE(BigInt(size), 24 * (i + 1) + 16);
  });
  const parts = [code, symbols, table(strings), table(names)];
  const offsets: number[] = [];
  let end = 64 + 56;
  for (const part of parts) {
    end = Math.ceil(end / 8) * 8;
    offsets.push(end);
    end += part.length;
  }
  const sectionTable = Math.ceil(end / 8) * 8;
  // name, type, flags, address, part, link, info, entry size
  const sections: [string, number, number, bigint, number, number, number, number][] = [
    ['.text', 1, 6, address.virtual, 0, 0, 0, 0],
    ...(functions
      ? (
          [
            ['.symtab', 2, 0, 0n, 1, 3, 1, 24],
            ['.strtab', 3, 0, 0n, 2, 0, 0, 0],
          ] as const
        ).map((s) => [...s] as never)
      : []),
    ['.shstrtab', 3, 0, 0n, 3, 0, 0, 0],
  ];
  const file = Buffer.alloc(sectionTable + 64 * (sections.length + 1));
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(183, 18); // EM_AARCH64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(address.entry ?? address.virtual, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(BigInt(sectionTable), 40);
  [64, 56, 1, 64, sections.length + 1, sections.length].forEach((value, i) => file.writeUInt16LE(value, 52 + 2 * i));
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // R X
  [BigInt(offsets[0]!), address.virtual, address.physical, BigInt(code.length), BigInt(code.length), 8n].forEach(
    (value, i) => file.writeBigUInt64LE(value, 72 + 8 * i),
  );
  parts.forEach((part, i) => file.set(part, offsets[i]));
  sections.forEach(([name, type, flags, start, part, link, info, entrySize], i) => {
    const at = sectionTable + 64 * (i + 1);
    file.writeUInt32LE(offsetIn(names, name), at);
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(BigInt(flags), at + 8);
    file.writeBigUInt64LE(start, at + 16);
    file.writeBigUInt64LE(BigInt(offsets[part]!), at + 24);
    file.writeBigUInt64LE(BigInt(parts[part]!.length), at + 32);
    file.writeUInt32LE(link, at + 40);
    file.writeUInt32LE(info, at + 44);
    file.writeBigUInt64LE(8n, at + 48);
    file.writeBigUInt64LE(BigInt(entrySize), at + 56);
  });
  return file;
}
