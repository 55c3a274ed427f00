import { ByteReader } from '@nx-redox/binary';
/**
 * The initfs image formats, named in the order in which upstream's `base/initfs` had them. There is no version field.
 *
 * - A: until December 2025: unaligned, 42-byte header, 20-byte inodes;
 * - B: commit d5ff91f, 2025-12-12: everything on pages, header with `page_size`;
 * - C: commits edd1c249, 0e0287cb, c028c49c, 2026-02-17: 12-byte inodes, executable files, links relative to themselves;
 * - D: commits 2052b702, 7e4e3864, cdf45983, 2026-04-25: 34-byte header, inode table and root last.
 */
export type InitfsFormat = 'A' | 'B' | 'C' | 'D';
export const INITFS_FORMATS: readonly InitfsFormat[] = ['A', 'B', 'C', 'D'];
/** Formats that the writer knows; nothing has read format A since December 2025. */
export type WritableFormat = Exclude<InitfsFormat, 'A'>;
export const WRITABLE_FORMATS: readonly WritableFormat[] = ['B', 'C', 'D'];

export const MAGIC = Buffer.from('RedoxFtw', 'latin1');
export const PAGE_SIZE = 4096;
/** Where the bootstrap's ELF file is in every image that has one. */
export const BOOTSTRAP_OFFSET = 0x1000;
/** `bootstrap_entry` of an image without a bootstrap (formats A to C). */
export const NO_BOOTSTRAP = 0xffffffffffffffffn;
export const DIR_ENTRY_SIZE = 8;

/** Offsets are 32-bit, inode numbers and name lengths 16-bit. */
export const MAX_IMAGE_SIZE = 0xffffffff;
export const MAX_INODES = 0xffff;
export const MAX_NAME_BYTES = 0xffff;

export interface Header {
  inodeTableOffset: number;
  inodeCount: number;
  rootInode: number;
  /** Address of the first instruction, as linked; {@link NO_BOOTSTRAP} if there is none. */
  bootstrapEntry: bigint;
  /** Size of the image in bytes, not rounded to pages. */
  size: number;
  /** Always 4096; format A does not say. */
  pageSize?: number;
  /** Seconds since 1970; format D has none. */
  time?: bigint;
}

export type InodeType = 'file' | 'executable' | 'dir' | 'link';

export interface Inode {
  /** Undefined if the number means nothing. */
  type: InodeType | undefined;
  /** The type field as it is in the image. */
  rawType: number;
  length: number;
  offset: number;
}

/** What differs between the formats; all integers are little-endian and packed. */
export interface FormatTraits {
  headerSize: number;
  inodeSize: number;
  /** Whether the inode table comes before the directories in upstream's layout, and the root is inode 0. */
  tableFirst: boolean;
  /** Whether a link's text is relative to the image's root; else it is relative to the link's directory. */
  linksFromRoot: boolean;
  /** Whether every part begins on a page in upstream's layout. */
  paged: boolean;
}

const TRAITS: Readonly<Record<InitfsFormat, FormatTraits>> = {
  A: { headerSize: 42, inodeSize: 20, tableFirst: true, linksFromRoot: true, paged: false },
  B: { headerSize: 44, inodeSize: 20, tableFirst: true, linksFromRoot: true, paged: true },
  C: { headerSize: 44, inodeSize: 12, tableFirst: true, linksFromRoot: false, paged: true },
  D: { headerSize: 34, inodeSize: 12, tableFirst: false, linksFromRoot: false, paged: true },
};

export function traitsOf(format: InitfsFormat): FormatTraits {
  return TRAITS[format];
}

/** @throws {FormatError} if the header does not fit into the bytes. */
export function decodeHeader(bytes: Uint8Array, format: InitfsFormat, file?: string): Header {
  const reader = new ByteReader(bytes, true, file);
  reader.slice(0, TRAITS[format].headerSize, 'the initfs header');
  const common = {
    inodeTableOffset: reader.u32(0x08),
    inodeCount: reader.u16(0x18),
    bootstrapEntry: reader.u64(0x1a),
  };
  if (format === 'D') {
    return {
      ...common,
      size: reader.size64(0x0c, 'initfs_size'),
      pageSize: reader.u16(0x14),
      rootInode: reader.u16(0x16),
    };
  }
  return {
    ...common,
    rootInode: 0,
    time: reader.u64(0x0c),
    size: reader.size64(0x22, 'initfs_size'),
    pageSize: format === 'A' ? undefined : reader.u16(0x2a),
  };
}

export function encodeHeader(header: Header, format: WritableFormat): Buffer {
  const bytes = Buffer.alloc(TRAITS[format].headerSize);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(header.inodeTableOffset, 0x08);
  bytes.writeUInt16LE(header.inodeCount, 0x18);
  bytes.writeBigUInt64LE(header.bootstrapEntry, 0x1a);
  if (format === 'D') {
    bytes.writeBigUInt64LE(BigInt(header.size), 0x0c);
    bytes.writeUInt16LE(PAGE_SIZE, 0x14);
    bytes.writeUInt16LE(header.rootInode, 0x16);
  } else {
    bytes.writeBigUInt64LE(header.time ?? 0n, 0x0c);
    bytes.writeBigUInt64LE(BigInt(header.size), 0x22);
    bytes.writeUInt16LE(PAGE_SIZE, 0x2a);
  }
  return bytes;
}

const TYPES_C: readonly InodeType[] = ['file', 'executable', 'dir', 'link'];
const TYPES_A: readonly (InodeType | undefined)[] = ['file', 'dir', 'link'];
// A and B keep the host's permission bits: here those of a usual checkout, so that an image does not depend on the host.
const MODES: Readonly<Record<InodeType, number>> = { file: 0o644, executable: 0o755, dir: 0o755, link: 0o777 };

export function decodeInode(reader: ByteReader, at: number, format: InitfsFormat): Inode {
  const rawType = reader.u32(at, 'an inode');
  const length = reader.u32(at + 4, 'an inode');
  const offset = reader.u32(at + 8, 'an inode');
  if (TRAITS[format].inodeSize === 12) return { type: TYPES_C[rawType], rawType, length, offset };
  const type = TYPES_A[rawType >>> 28];
  return { type: type === 'file' && (rawType & 0o100) !== 0 ? 'executable' : type, rawType, length, offset };
}

export function encodeInode(type: InodeType, length: number, offset: number, format: WritableFormat): Buffer {
  const bytes = Buffer.alloc(TRAITS[format].inodeSize);
  const kind = type === 'executable' ? 'file' : type;
  const raw = format === 'B' ? TYPES_A.indexOf(kind) * 2 ** 28 + MODES[type] : TYPES_C.indexOf(type);
  bytes.writeUInt32LE(raw, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(offset, 8);
  return bytes;
}

export function encodeDirEntry(inode: number, nameLength: number, nameOffset: number): Buffer {
  const bytes = Buffer.alloc(DIR_ENTRY_SIZE);
  bytes.writeUInt16LE(inode, 0);
  bytes.writeUInt16LE(nameLength, 2);
  bytes.writeUInt32LE(nameOffset, 4);
  return bytes;
}
