/** An object file in PE/COFF with a symbol for its source file, and a section `.comment` if it has a comment. */
export function buildCoff({ machine = 0xaa64, file = '', comment = '' } = {}): Buffer {
  const sections = comment === '' ? 0 : 1;
  const text = Buffer.from(comment === '' ? '' : `${comment}\0`);
  const name = Buffer.alloc(Math.ceil(file.length / 18) * 18);
  name.write(file);
  const header = Buffer.alloc(20 + sections * 40);
  header.writeUInt16LE(machine, 0);
  header.writeUInt16LE(sections, 2);
  header.writeUInt32LE(header.length + text.length, 8);
  header.writeUInt32LE(1 + name.length / 18, 12);
  if (sections > 0) {
    header.write('.comment', 20);
    header.writeUInt32LE(text.length, 36);
    header.writeUInt32LE(header.length, 40);
  }
  const symbol = Buffer.alloc(18);
  symbol.write('.file');
  symbol.writeUInt8(103, 16);
  symbol.writeUInt8(name.length / 18, 17);
  return Buffer.concat([header, text, symbol, name]);
}
