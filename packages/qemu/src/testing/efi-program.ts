import type { Arch } from '@nx-redox/kit';
const MACHINE: Record<Arch, number> = { aarch64: 0xaa64, x86_64: 0x8664 };
const PAGE = 0x1000;
const HEADERS = 0x200;

/** Bytes from the start of a loaded EFI program to its code. */
export const CODE_OFFSET = PAGE;

/**
 * A UEFI application: a PE32+ file with one section, which starts at its first byte.
 * @param base address to load it at, else anywhere: the code must not depend on it
 */
export function efiProgram(arch: Arch, code: Uint8Array, base?: number): Uint8Array {
  const rawSize = Math.ceil(code.length / HEADERS) * HEADERS;
  const size = PAGE + Math.ceil(code.length / PAGE) * PAGE;
  const file = Buffer.alloc(HEADERS + rawSize);
  file.write('MZ', 0);
  file.writeUInt32LE(64, 0x3c);
  file.write('PE\0\0', 64);
  file.writeUInt16LE(MACHINE[arch], 68);
  file.writeUInt16LE(1, 70); // sections
  file.writeUInt16LE(112, 84); // optional header without data directories
  file.writeUInt16LE(base === undefined ? 0x22 : 0x23, 86); // executable, large addresses; relocations stripped
  const optional = 88;
  file.writeUInt16LE(0x20b, optional); // PE32+
  file.writeUInt32LE(rawSize, optional + 4);
  file.writeUInt32LE(PAGE, optional + 16); // entry point
  file.writeUInt32LE(PAGE, optional + 20);
  file.writeBigUInt64LE(BigInt(base ?? 0), optional + 24);
  file.writeUInt32LE(PAGE, optional + 32);
  file.writeUInt32LE(HEADERS, optional + 36);
  file.writeUInt32LE(size, optional + 56);
  file.writeUInt32LE(HEADERS, optional + 60);
  file.writeUInt16LE(10, optional + 68); // EFI application
  const section = optional + 112;
  file.write('.text', section);
  file.writeUInt32LE(code.length, section + 8);
  file.writeUInt32LE(PAGE, section + 12);
  file.writeUInt32LE(rawSize, section + 16);
  file.writeUInt32LE(HEADERS, section + 20);
  file.writeUInt32LE(0x60000020, section + 36); // code, executable, readable
  file.set(code, HEADERS);
  return file;
}
