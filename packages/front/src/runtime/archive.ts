/** A member of a static library to write. */
export interface NewMember {
  name: string;
  bytes: Uint8Array;
  /** Names that a linker finds this member by. */
  defines: readonly string[];
}

const HEADER_SIZE = 60;
// Longer names go into a table; "/" ends a short one.
const SHORT_NAME = 15;

function header(name: string, size: number): Buffer {
  // Time, owner and group are 0, as in what `ar D` writes: the same members give the same bytes.
  const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '644'.padEnd(8), `${size}`.padEnd(10)];
  return Buffer.from(`${fields.join('')}\`\n`, 'latin1');
}

/** Members begin at even positions. */
function padded(bytes: Uint8Array): Uint8Array[] {
  return bytes.length % 2 === 0 ? [bytes] : [bytes, Buffer.from('\n')];
}

const evenSize = (size: number) => size + (size % 2);

/** Writes a static library in the format of GNU's and LLVM's ar, with its index of symbols; none if it is empty. */
export function writeArchive(members: readonly NewMember[]): Uint8Array {
  const magic = Buffer.from('!<arch>\n');
  if (members.length === 0) return magic;
  let longNames = '';
  const names = members.map(({ name }) => {
    if (name.length <= SHORT_NAME) return `${name}/`;
    longNames += `${name}/\n`;
    return `/${longNames.length - name.length - 2}`;
  });
  const table = Buffer.from(longNames, 'latin1');
  const symbols = members.flatMap(({ defines }, member) => defines.map((name) => ({ name, member })));
  const indexSize = 4 + 4 * symbols.length + symbols.reduce((sum, { name }) => sum + Buffer.byteLength(name) + 1, 0);

  let at =
    magic.length + HEADER_SIZE + evenSize(indexSize) + (table.length > 0 ? HEADER_SIZE + evenSize(table.length) : 0);
  const offsets = members.map(({ bytes }) => {
    const own = at;
    at += HEADER_SIZE + evenSize(bytes.length);
    return own;
  });
  const index = Buffer.alloc(indexSize);
  index.writeUInt32BE(symbols.length, 0);
  let text = 4 + 4 * symbols.length;
  symbols.forEach(({ name, member }, number) => {
    index.writeUInt32BE(offsets[member]!, 4 + 4 * number);
    text += index.write(name, text) + 1;
  });
  return Buffer.concat([
    magic,
    header('/', indexSize),
    ...padded(index),
    ...(table.length > 0 ? [header('//', table.length), ...padded(table)] : []),
    ...members.flatMap(({ bytes }, number) => [header(names[number]!, bytes.length), ...padded(bytes)]),
  ]);
}
