import { FormatError } from './byte-reader';
import { PT_LOAD, SHF_ALLOC, SHT_NOBITS } from './constants';
import type { Elf } from './elf';

export interface FlatImage {
  bytes: Uint8Array;
  /** Physical address of the first byte. */
  base: bigint;
  /** Where the entry point is in `bytes`, if it is in them. */
  entryOffset?: number;
}

const DEFAULT_LIMIT = 256 * 1024 * 1024;

/**
 * The file's loaded bytes as they lie in physical memory, from the lowest physical address on, gaps filled with zeros:
 * what `objcopy -O binary` writes. With section headers, only allocated sections count (so a file header that is
 * merely mapped is left out, as by objcopy); without them, whole LOAD segments. NOBITS parts at the end are not included.
 *
 * @throws {FormatError} if nothing is loaded, or if the parts are spread over more than `limit` bytes.
 */
export function flattenElf(elf: Elf, limit = DEFAULT_LIMIT): FlatImage {
  const loads = elf.loads().filter((segment) => segment.fileSize > 0);
  const parts: { address: bigint; bytes: Uint8Array }[] = [];
  for (const section of elf.sections) {
    if ((section.flags & BigInt(SHF_ALLOC)) === 0n || section.type === SHT_NOBITS || section.size === 0) continue;
    const home = loads.find(
      (s) => section.offset >= s.offset && section.offset + section.size <= s.offset + s.fileSize,
    );
    if (!home) continue;
    parts.push({
      address: home.physicalAddress + BigInt(section.offset - home.offset),
      bytes: elf.sectionBytes(section),
    });
  }
  if (elf.sections.length === 0) {
    parts.push(...loads.map((load) => ({ address: load.physicalAddress, bytes: elf.segmentBytes(load) })));
  }
  if (parts.length === 0) throw new FormatError('no LOAD segment with bytes: nothing to boot', 0, { file: elf.file });

  let base = (parts[0] as { address: bigint }).address;
  let end = 0n;
  let total = 0;
  for (const { address, bytes } of parts) {
    total += bytes.length;
    if (total > elf.bytes.length) throw new FormatError('its sections overlap each other', 0, { file: elf.file });
    if (address < base) base = address;
    if (address + BigInt(bytes.length) > end) end = address + BigInt(bytes.length);
  }
  if (end - base > BigInt(limit)) {
    throw new FormatError(
      `its parts lie between 0x${base.toString(16)} and 0x${end.toString(16)}, an image of ${end - base} bytes`,
      0,
      {
        file: elf.file,
        advice: 'give all LOAD segments physical addresses close to each other (AT> in the linker script)',
      },
    );
  }
  const image = new Uint8Array(Number(end - base));
  for (const { address, bytes } of parts) image.set(bytes, Number(address - base));

  const home = elf.segments.find(
    (s) => s.type === PT_LOAD && elf.entry >= s.virtualAddress && elf.entry < s.virtualAddress + s.memorySize,
  );
  const entry = home && elf.entry - home.virtualAddress + home.physicalAddress - base;
  const inside = entry !== undefined && entry >= 0n && entry < BigInt(image.length);
  return { bytes: image, base, entryOffset: inside ? Number(entry) : undefined };
}
