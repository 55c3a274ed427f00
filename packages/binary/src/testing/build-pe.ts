/** Smallest PE file with a section: DOS header, PE header, one section of code. */
export function buildPe(
  change: { machine?: number; subsystem?: number; entry?: number; magic?: number; sections?: number } = {},
): Buffer {
  const { machine = 0xaa64, subsystem = 10, entry = 0x1000, magic = 0x20b, sections = 1 } = change;
  const file = Buffer.alloc(0x400);
  file.write('MZ');
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80);
  file.writeUInt16LE(machine, 0x84);
  file.writeUInt16LE(sections, 0x86);
  file.writeUInt16LE(240, 0x94);
  file.writeUInt16LE(magic, 0x98);
  file.writeUInt32LE(entry, 0x98 + 16);
  file.writeUInt16LE(subsystem, 0x98 + 68);
  const section = 0x98 + 240;
  file.write('.text', section);
  file.writeUInt32LE(0x20, section + 8);
  file.writeUInt32LE(0x1000, section + 12);
  file.writeUInt32LE(0x200, section + 16);
  file.writeUInt32LE(0x200, section + 20);
  return file;
}
