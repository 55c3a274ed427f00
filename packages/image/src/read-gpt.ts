import { crc32 } from 'node:zlib';
import { FormatError } from '@nx-redox/binary';
import { guidText } from './guid';
import type { Partition, PartitionTable } from './gpt';
import type { Readable } from './read-at';

const SECTOR = 512;

interface Header {
  ownLba: number;
  otherLba: number;
  firstUsable: number;
  lastUsable: number;
  guid: string;
  entriesLba: number;
  entries: Buffer;
  entrySize: number;
}

/**
 * Reads and checks the partition table of a disk with sectors of 512 bytes: signatures, checksums, that both copies say the
 * same, that partitions lie inside the disk and not on each other. It shares no code with the writer.
 *
 * @throws {FormatError} that names the first thing that is wrong.
 */
export function readPartitionTable(disk: Readable): PartitionTable {
  const sectors = disk.size / SECTOR;
  if (!Number.isInteger(sectors)) throw new FormatError('the disk does not end with a whole sector', disk.size);
  checkProtectiveMbr(disk.read(0, SECTOR), sectors);
  const primary = readHeader(disk, 1);
  const backup = readHeader(disk, sectors - 1);
  if (primary.otherLba !== sectors - 1) {
    throw new FormatError(
      `the backup is said to be in sector ${primary.otherLba}, the last one is ${sectors - 1}`,
      SECTOR,
    );
  }
  if (
    backup.otherLba !== 1 ||
    backup.guid !== primary.guid ||
    backup.firstUsable !== primary.firstUsable ||
    backup.lastUsable !== primary.lastUsable ||
    !backup.entries.equals(primary.entries)
  ) {
    throw new FormatError('the backup of the partition table differs from it', (sectors - 1) * SECTOR);
  }
  const entryBytes = primary.entries.length;
  const entrySectors = Math.ceil(entryBytes / SECTOR);
  if (
    primary.firstUsable < primary.entriesLba + entrySectors ||
    primary.lastUsable >= backup.entriesLba ||
    backup.entriesLba + entrySectors > sectors - 1
  ) {
    throw new FormatError('the sectors for partitions overlap the partition table', SECTOR + 40);
  }
  return { sectors, guid: primary.guid, partitions: readEntries(primary) };
}

function checkProtectiveMbr(mbr: Buffer, sectors: number): void {
  if (mbr.readUInt16BE(510) !== 0x55aa) throw new FormatError('the first sector has no MBR signature', 510);
  if (mbr[446 + 4] !== 0xee) throw new FormatError('the MBR does not protect the disk', 446 + 4);
  const [start, length] = [mbr.readUInt32LE(446 + 8), mbr.readUInt32LE(446 + 12)];
  if (start !== 1 || length !== Math.min(sectors - 1, 0xffffffff)) {
    throw new FormatError(`the MBR protects ${length} sectors from ${start}, not the whole disk`, 446 + 8);
  }
}

function readHeader(disk: Readable, lba: number): Header {
  const at = lba * SECTOR;
  const bytes = Buffer.from(disk.read(at, SECTOR));
  if (bytes.toString('latin1', 0, 8) !== 'EFI PART') throw new FormatError('no GPT header', at);
  const size = bytes.readUInt32LE(12);
  if (size < 92 || size > SECTOR) throw new FormatError(`the GPT header's size is ${size}`, at + 12);
  const checksum = bytes.readUInt32LE(16);
  bytes.fill(0, 16, 20);
  if (crc32(bytes.subarray(0, size)) !== checksum) throw new FormatError('wrong checksum of the GPT header', at + 16);
  const lbaAt = (offset: number) => {
    const value = Number(bytes.readBigUInt64LE(offset));
    if (value * SECTOR >= disk.size) throw new FormatError(`sector ${value} is not on the disk`, at + offset);
    return value;
  };
  const [ownLba, otherLba, entriesLba] = [lbaAt(24), lbaAt(32), lbaAt(72)];
  if (ownLba !== lba) throw new FormatError(`the GPT header says that it is in sector ${ownLba}`, at + 24);
  const [count, entrySize] = [bytes.readUInt32LE(80), bytes.readUInt32LE(84)];
  if (entrySize < 128 || entrySize % 8 !== 0 || count * entrySize > 1 << 20) {
    throw new FormatError(`${count} partition entries of ${entrySize} bytes`, at + 80);
  }
  const entries = disk.read(entriesLba * SECTOR, count * entrySize);
  if (crc32(entries) !== bytes.readUInt32LE(88))
    throw new FormatError('wrong checksum of the partition entries', at + 88);
  return {
    ownLba,
    otherLba,
    firstUsable: lbaAt(40),
    lastUsable: lbaAt(48),
    guid: guidText(bytes.subarray(56, 72)),
    entriesLba,
    entries,
    entrySize,
  };
}

function readEntries({ entries, entrySize, entriesLba, firstUsable, lastUsable }: Header): Partition[] {
  const partitions: Partition[] = [];
  for (let offset = 0; offset < entries.length; offset += entrySize) {
    const entry = entries.subarray(offset, offset + entrySize);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const partition = {
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      type: guidText(entry.subarray(0, 16)),
      guid: guidText(entry.subarray(16, 32)),
      firstLba: Number(entry.readBigUInt64LE(32)),
      lastLba: Number(entry.readBigUInt64LE(40)),
    };
    const fail = (message: string) => {
      throw new FormatError(`partition "${partition.name}" ${message}`, entriesLba * SECTOR + offset);
    };
    const { firstLba, lastLba } = partition;
    if (firstLba > lastLba || firstLba < firstUsable || lastLba > lastUsable) {
      fail(`has the sectors ${firstLba} to ${lastLba}; ${firstUsable} to ${lastUsable} are for partitions`);
    }
    for (const other of partitions) {
      if (firstLba <= other.lastLba && other.firstLba <= lastLba) fail(`overlaps "${other.name}"`);
      if (other.guid === partition.guid) fail(`has the GUID of "${other.name}"`);
    }
    partitions.push(partition);
  }
  return partitions;
}
