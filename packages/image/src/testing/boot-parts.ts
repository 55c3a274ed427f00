import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Arch } from '@nx-redox/kit';
const PE_MACHINE: Record<Arch, number> = { aarch64: 0xaa64, x86_64: 0x8664 };
const ELF_MACHINE: Record<Arch, number> = { aarch64: 183, x86_64: 62 };

/** The smallest file that passes for an EFI application, padded to a size. */
export function efiFile(arch: Arch, size = 4096): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('MZ');
  bytes.writeUInt32LE(0x40, 0x3c);
  bytes.write('PE\0\0', 0x40);
  bytes.writeUInt16LE(PE_MACHINE[arch], 0x44);
  bytes.writeUInt16LE(1, 0x46);
  const optional = 0x58;
  bytes.writeUInt16LE(0xf0, 0x54);
  bytes.writeUInt16LE(0x20b, optional);
  bytes.writeUInt32LE(0x1000, optional + 16);
  bytes.writeUInt16LE(10, optional + 68);
  const section = optional + 0xf0;
  bytes.write('.text', section);
  bytes.writeUInt32LE(0x1000, section + 8);
  bytes.writeUInt32LE(0x1000, section + 12);
  // Something after the headers that is not zero everywhere.
  for (let at = 512; at < size; at++) bytes[at] = (at * 7) & 0xff;
  return bytes;
}

/** The header of an ELF executable, and some bytes. */
export function elfFile(arch: Arch, size = 9000): Buffer {
  const bytes = Buffer.alloc(size, 'kernel');
  bytes.fill(0, 0, 64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(ELF_MACHINE[arch], 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(64, 58);
  return bytes;
}

/** Writes files below a folder. */
export function writeTree(root: string, files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** A workspace with all that an image needs: `boot.efi` and a stage with kernel and initfs. */
export function bootableWorkspace(root: string, arch: Arch = 'aarch64'): void {
  writeTree(root, {
    'boot.efi': efiFile(arch),
    'stage/usr/lib/boot/kernel': elfFile(arch),
    'stage/usr/lib/boot/initfs': `RedoxFtw${'x'.repeat(5000)}`,
  });
}
