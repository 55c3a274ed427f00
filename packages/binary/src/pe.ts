import { ByteReader, paddedText } from './byte-reader';
import { hex } from './hex';
import type { Machine } from './constants';

/** The parts of a PE/COFF header that tell whether UEFI firmware starts a file (Microsoft's "PE Format"). */
export interface PeFile {
  /** Name of the file, for messages. */
  file?: string;
  /** IMAGE_FILE_MACHINE_… */
  machine: number;
  /** IMAGE_SUBSYSTEM_…: 10 is an EFI application. */
  subsystem: number;
  bits: 32 | 64;
  /** Address of the first instruction, relative to the image; 0 means none. */
  entry: number;
  sections: { name: string; virtualAddress: number; size: number; fileSize: number; offset: number }[];
}

/** IMAGE_FILE_MACHINE_… of the machines that Redox runs on. */
export const PE_MACHINES: Readonly<Record<Machine, number>> = {
  i586: 0x14c,
  x86_64: 0x8664,
  aarch64: 0xaa64,
  riscv64gc: 0x5064,
};

/** Whether the bytes begin like a PE file (a UEFI boot loader). */
export function isPe(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x5a;
}

/** Name of an IMAGE_FILE_MACHINE number, or the number itself. */
export function peMachineName(machine: number): string {
  const known = Object.entries(PE_MACHINES).find(([, value]) => value === machine);
  return known ? known[0] : `machine ${hex(machine)}`;
}

/** @throws {FormatError} if the bytes are no PE file, or its headers do not fit into it. */
export function parsePe(bytes: Uint8Array, file?: string): PeFile {
  const reader = new ByteReader(bytes, true, file);
  if (!isPe(bytes)) reader.fail('not a PE file: it does not begin with "MZ"', 0);
  const header = reader.u32(0x3c, 'the position of the PE header');
  if (reader.u32(header, 'the PE signature') !== 0x4550)
    reader.fail('no PE signature where the DOS header points', header);
  const coff = header + 4;
  const sectionCount = reader.u16(coff + 2);
  const optionalSize = reader.u16(coff + 16);
  const optional = coff + 20;
  const magic = reader.u16(optional, 'the optional header');
  if (magic !== 0x10b && magic !== 0x20b)
    reader.fail(`the optional header's magic is ${hex(magic)}, not 0x10b or 0x20b`, optional);
  const table = optional + optionalSize;
  reader.slice(table, sectionCount * 40, `the table of ${sectionCount} sections`);
  const sections = Array.from({ length: sectionCount }, (_, i) => {
    const at = table + i * 40;
    return {
      name: paddedText(reader.slice(at, 8)),
      size: reader.u32(at + 8),
      virtualAddress: reader.u32(at + 12),
      fileSize: reader.u32(at + 16),
      offset: reader.u32(at + 20),
    };
  });
  return {
    file,
    machine: reader.u16(coff),
    subsystem: reader.u16(optional + 68, 'the subsystem'),
    bits: magic === 0x20b ? 64 : 32,
    entry: reader.u32(optional + 16),
    sections,
  };
}
