import { ByteReader, paddedText } from './byte-reader';

export interface ArMember {
  name: string;
  /** Position of its content in the archive, in bytes. */
  offset: number;
  bytes: Uint8Array;
}

const MAGIC = '!<arch>\n';
const HEADER_SIZE = 60;
const MAX_NAME = 4096;

/** Whether the bytes begin like an ar archive (a static library, an rlib). */
export function isAr(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAGIC.length)).toString('latin1') === MAGIC;
}

/**
 * The members of an ar archive, without its symbol and name tables. Reads the variants of System V
 * (GNU, LLVM: `//` name table) and BSD (`#1/<length>`).
 *
 * @throws {FormatError} if the bytes are no archive, or are cut off.
 */
export function readAr(bytes: Uint8Array, file?: string): ArMember[] {
  const reader = new ByteReader(bytes, true, file);
  if (!isAr(bytes)) reader.fail('not an ar archive: it does not begin with "!<arch>"', 0);
  const text = (offset: number, size: number) =>
    Buffer.from(reader.slice(offset, size, 'a member header')).toString('latin1');
  const members: ArMember[] = [];
  let longNames = '';
  for (let at = MAGIC.length; at < bytes.length;) {
    const header = text(at, HEADER_SIZE);
    if (header.slice(58) !== '`\n') reader.fail('an archive member header without its end mark', at);
    const sizeText = header.slice(48, 58).trim();
    if (!/^\d+$/.test(sizeText)) reader.fail(`an archive member with the size "${sizeText}"`, at + 48);
    const size = Number(sizeText);
    let offset = at + HEADER_SIZE;
    let content = reader.slice(offset, size, 'an archive member');
    let name = header.slice(0, 16).trimEnd();
    // Members begin at even positions.
    at = offset + size + (size % 2);

    if (name === '/' || name === '/SYM64/' || name.startsWith('__.SYMDEF')) continue;
    if (name === '//') {
      longNames = Buffer.from(content).toString('latin1');
      continue;
    }
    const gnuLong = /^\/(\d+)$/.exec(name);
    const bsdLong = /^#1\/(\d+)$/.exec(name);
    if (gnuLong) {
      const from = Number(gnuLong[1]);
      if (from >= longNames.length) reader.fail(`an archive member whose name is at ${from} of the name table`, offset);
      // "/\n" ends a name, or 0 in the archives of COFF objects; names may hold "/" themselves.
      [name = ''] = longNames.slice(from).split(/[\n\0]/, 1);
    } else if (bsdLong) {
      const length = Number(bsdLong[1]);
      if (length > content.length) reader.fail('an archive member that is shorter than its name', offset);
      name = paddedText(content.subarray(0, length));
      content = content.subarray(length);
      offset += length;
    }
    if (name.startsWith('__.SYMDEF')) continue;
    if (name.length > MAX_NAME) reader.fail(`an archive member whose name has ${name.length} bytes`, offset);
    members.push({ name: name.endsWith('/') ? name.slice(0, -1) : name, offset, bytes: content });
  }
  return members;
}
