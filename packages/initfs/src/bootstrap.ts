import { type Elf, isElf, type Machine, parseElf } from '@nx-redox/binary';
import { checkElf, formatFindings } from '@nx-redox/bootcheck';
import { type MemoryMap, UserError } from '@nx-redox/kit';
import type { Bootstrap } from './tree';

const SHT_NOBITS = 8;

/**
 * Makes an image's bootstrap of an ELF file.
 *
 * @throws {UserError} if the file is no ELF file or breaks a rule of `@nx-redox/bootcheck` for bootstraps: nobody loads it,
 * so nothing could fix it later.
 */
export function checkedBootstrap(bytes: Uint8Array, file: string, machine: Machine, memory: MemoryMap): Bootstrap {
  if (!isElf(bytes)) {
    throw new UserError('the bootstrap is not an ELF file', {
      file,
      advice:
        'the bootstrap is the statically linked program that the kernel jumps into; build it with the recipe of kind "bootstrap"',
    });
  }
  const elf = parseElf(bytes, file);
  const errors = checkElf(elf, 'bootstrap', { machine, memory }).filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    throw new UserError(`the bootstrap cannot boot:\n${formatFindings(errors).trimEnd()}`, { file });
  }
  return { bytes, entry: elf.entry };
}

/** Size of an ELF file that lies somewhere in a larger block of bytes: the end of its last part. */
export function elfFileSize(elf: Elf): number {
  const wide = elf.bits === 64;
  const view = new DataView(elf.bytes.buffer, elf.bytes.byteOffset, elf.bytes.byteLength);
  const shoff = wide ? Number(view.getBigUint64(40, elf.littleEndian)) : view.getUint32(32, elf.littleEndian);
  const phoff = wide ? Number(view.getBigUint64(32, elf.littleEndian)) : view.getUint32(28, elf.littleEndian);
  const tail = wide ? 54 : 42;
  const entrySizes = {
    program: view.getUint16(tail, elf.littleEndian),
    section: view.getUint16(tail + 4, elf.littleEndian),
  };
  let end = Math.max(
    wide ? 64 : 52,
    phoff + elf.segments.length * entrySizes.program,
    shoff + elf.sections.length * entrySizes.section,
  );
  for (const { offset, fileSize } of elf.segments) end = Math.max(end, offset + fileSize);
  for (const { type, offset, size } of elf.sections) if (type !== SHT_NOBITS) end = Math.max(end, offset + size);
  return end;
}
