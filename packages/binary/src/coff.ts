import { ByteReader, paddedText } from './byte-reader';
import { PE_MACHINES } from './pe';

/** What an object file in PE/COFF says of its compiler (Microsoft's "PE Format"). */
export interface CoffObject {
  /** Names of source files, from the symbols of class IMAGE_SYM_CLASS_FILE: rustc's codegen units. */
  files: string[];
  /** Contents of the section `.comment`, as texts; only some compilers write one. */
  comments: string[];
}

const HEADER_SIZE = 20;
const SECTION_SIZE = 40;
const SYMBOL_SIZE = 18;
const CLASS_FILE = 103;
const machines = new Set(Object.values(PE_MACHINES));

/** Whether the bytes begin like an object file in PE/COFF, which has no magic number: its machine, and no optional header. */
export function isCoffObject(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_SIZE) return false;
  const reader = new ByteReader(bytes, true);
  return machines.has(reader.u16(0)) && reader.u16(16) === 0;
}

/** @throws {FormatError} if a table does not fit into the file. */
export function parseCoffObject(bytes: Uint8Array, file?: string): CoffObject {
  const reader = new ByteReader(bytes, true, file);
  const sectionCount = reader.u16(2);
  const symbols = reader.u32(8);
  const symbolCount = reader.u32(12);
  reader.slice(HEADER_SIZE, sectionCount * SECTION_SIZE, `the table of ${sectionCount} sections`);
  reader.slice(symbols, symbolCount * SYMBOL_SIZE, `the table of ${symbolCount} symbols`);
  const comments: string[] = [];
  for (let at = HEADER_SIZE; at < HEADER_SIZE + sectionCount * SECTION_SIZE; at += SECTION_SIZE) {
    if (paddedText(reader.slice(at, 8)) !== '.comment') continue;
    const text = reader.slice(reader.u32(at + 20), reader.u32(at + 16), 'section .comment');
    comments.push(...Buffer.from(text).toString('latin1').split('\0').filter(Boolean));
  }
  const files: string[] = [];
  for (let index = 0; index < symbolCount;) {
    const at = symbols + index * SYMBOL_SIZE;
    const more = reader.u8(at + 17);
    // The name fills the entries after the symbol's own.
    if (reader.u8(at + 16) === CLASS_FILE) {
      files.push(paddedText(reader.slice(at + SYMBOL_SIZE, more * SYMBOL_SIZE, 'the name of a file')));
    }
    index += 1 + more;
  }
  return { files, comments };
}
