import { type Elf, FormatError } from '@nx-redox/binary';
const SHT_SYMTAB = 2;
const SYMBOL_SIZE = 24;
const SECTION_HEADER_SIZE = 64;

/**
 * Gives symbols of an object file other names, those that it only refers to as well. Code and relocations stay as they are:
 * they name symbols by number. The new names lie behind the old end of the file.
 *
 * @param newName the new name of a symbol, or undefined if it keeps its own
 * @returns the same bytes if nothing has a new name.
 * @throws {FormatError} if the file is damaged, or of another class or byte order than 64-bit little endian.
 */
export function renameSymbols(elf: Elf, newName: (name: string) => string | undefined): Uint8Array {
  const table = elf.sections.find(({ type }) => type === SHT_SYMTAB);
  if (!table) return elf.bytes;
  if (elf.bits !== 64 || !elf.littleEndian) {
    throw new FormatError('cannot rename symbols: only in 64-bit little-endian files', 0, { file: elf.file });
  }
  const strings = elf.sections[table.link];
  if (!strings) throw new FormatError('the symbol table has no names', table.offset, { file: elf.file });

  const added = new Map<string, number>();
  const parts: Uint8Array[] = [];
  let size = strings.size;
  const place = (name: string): number => {
    const known = added.get(name);
    if (known !== undefined) return known;
    const at = size;
    const bytes = Buffer.from(`${name}\0`);
    parts.push(bytes);
    size += bytes.length;
    added.set(name, at);
    return at;
  };
  const changed: { symbol: number; name: number }[] = [];
  elf.symbols().forEach(({ name }, symbol) => {
    const other = name === '' ? undefined : newName(name);
    if (other !== undefined) changed.push({ symbol, name: place(other) });
  });
  if (changed.length === 0) return elf.bytes;

  const old = elf.bytes.subarray(strings.offset, strings.offset + strings.size);
  const result = Buffer.concat([elf.bytes, old, ...parts]);
  for (const { symbol, name } of changed) result.writeUInt32LE(name, table.offset + symbol * SYMBOL_SIZE);
  // e_shoff is at 40; sh_offset and sh_size are at 24 and 32 of a section's header.
  const sectionHeader = Number(result.readBigUInt64LE(40)) + strings.index * SECTION_HEADER_SIZE;
  result.writeBigUInt64LE(BigInt(elf.bytes.length), sectionHeader + 24);
  result.writeBigUInt64LE(BigInt(size), sectionHeader + 32);
  return result;
}
