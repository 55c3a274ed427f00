/** The smallest program that boots: header, one segment, code that says nothing of its compiler unless by a comment. */
export function elfFile({
  type = 2,
  size = 0x100,
  flags = 5,
  comment,
}: { type?: number; size?: number; flags?: number; comment?: string } = {}): Buffer {
  const file = Buffer.alloc(size, 0xd5);
  file.fill(0, 0, 120);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(type, 16);
  file.writeUInt16LE(183, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(0x400078n, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(flags, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(0x400000n, 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return comment === undefined ? file : withComment(file, comment);
}

/** Adds a section `.comment`, with the table of sections and of their names that it needs. */
function withComment(file: Buffer, comment: string): Buffer {
  const names = Buffer.from('\0.comment\0.shstrtab\0');
  const text = Buffer.from(`${comment}\0`);
  const table = Buffer.alloc(3 * 64);
  const header = (index: number, name: number, type: number, offset: number, length: number) => {
    table.writeUInt32LE(name, index * 64);
    table.writeUInt32LE(type, index * 64 + 4);
    table.writeBigUInt64LE(BigInt(offset), index * 64 + 24);
    table.writeBigUInt64LE(BigInt(length), index * 64 + 32);
  };
  header(1, 1, 1, file.length, text.length);
  header(2, 10, 3, file.length + text.length, names.length);
  file.writeBigUInt64LE(BigInt(file.length + text.length + names.length), 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  file.writeUInt16LE(2, 62);
  return Buffer.concat([file, text, names, table]);
}

/** The smallest file that UEFI firmware starts: DOS header, PE header, one section. */
export function peFile(subsystem = 10): Buffer {
  const file = Buffer.alloc(0x400);
  file.write('MZ');
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80);
  file.writeUInt16LE(0xaa64, 0x84);
  file.writeUInt16LE(1, 0x86);
  file.writeUInt16LE(240, 0x94);
  file.writeUInt16LE(0x20b, 0x98);
  file.writeUInt32LE(0x1000, 0xa8);
  file.writeUInt16LE(subsystem, 0xdc);
  file.write('.text', 0x188);
  file.writeUInt32LE(0x20, 0x190);
  file.writeUInt32LE(0x1000, 0x194);
  return file;
}
