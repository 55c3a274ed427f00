import { crc32 } from 'node:zlib';
import { guidBytes } from './guid';

// Layout: UEFI specification 2.10, chapter 5 ("GUID Partition Table Disk Layout").

/** Bytes of a sector; the boot loader counts in these, too. */
export const SECTOR = 512;
const ENTRIES = 128;
const ENTRY_SIZE = 128;
const ENTRY_SECTORS = (ENTRIES * ENTRY_SIZE) / SECTOR;
const HEADER_SIZE = 92;

/** Partition types (UEFI specification; Discoverable Partitions Specification). */
export const EFI_SYSTEM = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';
export const BIOS_BOOT = '21686148-6449-6e6f-744e-656564454649';
export const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';

export interface Partition {
  /** At most 36 UTF-16 units. */
  name: string;
  type: string;
  guid: string;
  /** First and last sector, both part of it. */
  firstLba: number;
  lastLba: number;
}

export interface PartitionTable {
  /** Size of the whole disk in sectors. */
  sectors: number;
  guid: string;
  partitions: readonly Partition[];
}

/** Bytes that belong to a place of a file. */
export interface Piece {
  offset: number;
  bytes: Buffer;
}

/** First and last sector that partitions may use on a disk of so many sectors. */
export function usableSectors(sectors: number): { first: number; last: number } {
  return { first: 2 + ENTRY_SECTORS, last: sectors - 2 - ENTRY_SECTORS };
}

/** The partition table: protective MBR, header and entries at the begin of the disk, and their backup at its end. */
export function partitionTable(table: PartitionTable): Piece[] {
  const { sectors } = table;
  const entries = entryArray(table.partitions);
  const first = Buffer.alloc((2 + ENTRY_SECTORS) * SECTOR);
  protectiveMbr(sectors).copy(first);
  header(table, entries, { own: 1, other: sectors - 1, entries: 2 }).copy(first, SECTOR);
  entries.copy(first, 2 * SECTOR);

  const entriesLba = sectors - 1 - ENTRY_SECTORS;
  const last = Buffer.alloc((ENTRY_SECTORS + 1) * SECTOR);
  entries.copy(last);
  header(table, entries, { own: sectors - 1, other: 1, entries: entriesLba }).copy(last, entries.length);
  return [
    { offset: 0, bytes: first },
    { offset: entriesLba * SECTOR, bytes: last },
  ];
}

/** Bytes of sector 0 that are code; the table of the protective MBR comes behind them. */
const MBR_CODE = 446;

/**
 * The same with a boot loader for BIOS from the disk's first byte on, as Redox's installer writes it: its code stays in
 * sector 0, the partition tables take the place of its next sectors, and the rest is in the BIOS boot partition.
 */
export function withBiosLoader(pieces: readonly Piece[], loader: Buffer): Piece[] {
  return pieces.flatMap((piece) => {
    if (piece.offset !== 0) return [piece];
    const bytes = Buffer.from(piece.bytes);
    loader.copy(bytes, 0, 0, MBR_CODE);
    const rest = loader.subarray(bytes.length);
    return rest.length === 0
      ? [{ offset: 0, bytes }]
      : [
          { offset: 0, bytes },
          { offset: bytes.length, bytes: rest },
        ];
  });
}

/** One partition over the whole disk, so that programs which know no GPT leave it alone. */
function protectiveMbr(sectors: number): Buffer {
  const mbr = Buffer.alloc(SECTOR);
  const entry = 446;
  // Cylinder, head, sector of sector 1, and the largest possible.
  mbr.set([0x00, 0x02, 0x00], entry + 1);
  mbr[entry + 4] = 0xee;
  mbr.set([0xff, 0xff, 0xff], entry + 5);
  mbr.writeUInt32LE(1, entry + 8);
  mbr.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), entry + 12);
  mbr.set([0x55, 0xaa], 510);
  return mbr;
}

function entryArray(partitions: readonly Partition[]): Buffer {
  const array = Buffer.alloc(ENTRIES * ENTRY_SIZE);
  partitions.forEach((partition, index) => {
    const entry = array.subarray(index * ENTRY_SIZE, (index + 1) * ENTRY_SIZE);
    guidBytes(partition.type).copy(entry, 0);
    guidBytes(partition.guid).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(partition.firstLba), 32);
    entry.writeBigUInt64LE(BigInt(partition.lastLba), 40);
    entry.write(partition.name, 56, 72, 'utf16le');
  });
  return array;
}

function header(
  { sectors, guid }: PartitionTable,
  entries: Buffer,
  lba: { own: number; other: number; entries: number },
): Buffer {
  const usable = usableSectors(sectors);
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('EFI PART', 0, 'latin1');
  bytes.writeUInt32LE(0x00010000, 8);
  bytes.writeUInt32LE(HEADER_SIZE, 12);
  bytes.writeBigUInt64LE(BigInt(lba.own), 24);
  bytes.writeBigUInt64LE(BigInt(lba.other), 32);
  bytes.writeBigUInt64LE(BigInt(usable.first), 40);
  bytes.writeBigUInt64LE(BigInt(usable.last), 48);
  guidBytes(guid).copy(bytes, 56);
  bytes.writeBigUInt64LE(BigInt(lba.entries), 72);
  bytes.writeUInt32LE(ENTRIES, 80);
  bytes.writeUInt32LE(ENTRY_SIZE, 84);
  bytes.writeUInt32LE(crc32(entries), 88);
  // The checksum is over the header with zeros in its own place.
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_SIZE)), 16);
  return bytes;
}
