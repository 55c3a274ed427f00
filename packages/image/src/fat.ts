import { UserError } from '@nx-redox/kit';
// Layout: Microsoft's "FAT: General Overview of On-Disk Format", version 1.03.

const SECTOR = 512;
const RESERVED_SECTORS = 1;
const COPIES = 2;
const ROOT_ENTRIES = 512;
const ENTRY = 32;
const ROOT_SECTORS = (ROOT_ENTRIES * ENTRY) / SECTOR;
const MEDIA = 0xf8;
const DIRECTORY = 0x10;
const VOLUME_LABEL = 0x08;
/** From so many clusters on it is FAT16, and FAT32: readers tell the kinds apart by nothing else. */
const FAT16_FROM = 4085;
const FAT32_FROM = 65525;
/** How far to keep away from both: readers are known to be off by a few. */
const MARGIN = 16;

export interface FatFile {
  /** Path in upper case, each part a name of 8 and 3 characters: `EFI/BOOT/BOOTAA64.EFI`. */
  path: string;
  content: Uint8Array;
}

export interface FatOptions {
  /** Size of the partition in sectors of 512 bytes. */
  sectors: number;
  /** Where it begins on its disk. */
  firstLba: number;
  label: string;
  serial: number;
  /** Date of everything, in seconds since 1970 (UTC). */
  time: number;
  files: readonly FatFile[];
}

export interface FatImage {
  /** The first bytes of the partition; all that follow are zeros. */
  bytes: Buffer;
  bits: 12 | 16;
  /** Bytes of clusters in use. */
  used: number;
}

interface Geometry {
  bits: 12 | 16;
  sectorsPerCluster: number;
  sectorsPerFat: number;
  clusters: number;
}

/** Cluster and FAT sizes for a partition; undefined if it is too small or too large for FAT12 and FAT16. */
export function fatGeometry(sectors: number): Geometry | undefined {
  for (let sectorsPerCluster = 1; sectorsPerCluster <= 64; sectorsPerCluster *= 2) {
    let sectorsPerFat = 1;
    for (;;) {
      const data = sectors - RESERVED_SECTORS - ROOT_SECTORS - COPIES * sectorsPerFat;
      const clusters = Math.floor(data / sectorsPerCluster);
      if (clusters < 1) return undefined;
      const bits = clusters < FAT16_FROM ? 12 : 16;
      const needed = Math.ceil(((clusters + 2) * bits) / 8 / SECTOR);
      if (needed > sectorsPerFat) {
        sectorsPerFat = needed;
        continue;
      }
      if (clusters < FAT32_FROM - MARGIN && Math.abs(clusters - FAT16_FROM) > MARGIN) {
        return { bits, sectorsPerCluster, sectorsPerFat, clusters };
      }
      break;
    }
  }
  return undefined;
}

interface Folder {
  name: string;
  folders: Map<string, Folder>;
  files: Map<string, Uint8Array>;
  cluster: number;
}

/**
 * A FAT12 or FAT16 file system, by its size, with a few files: what an EFI system partition needs and no more. Names are
 * short names only; clusters are given out in the order of the paths, so that the same files give the same bytes.
 *
 * @throws {UserError} if the files do not fit, or a name is not a short name.
 */
export function fatImage(options: FatOptions): FatImage {
  const geometry = fatGeometry(options.sectors);
  if (!geometry) {
    throw new UserError(`FAT12 and FAT16 cannot fill a partition of ${options.sectors} sectors`, {
      advice: 'give the EFI system partition 1 to 512 MiB (espMiB)',
    });
  }
  const { bits, sectorsPerCluster, sectorsPerFat, clusters } = geometry;
  const clusterSize = sectorsPerCluster * SECTOR;
  const root = folderTree(options.files);
  const folders = [...allFolders(root)];

  const chains: number[] = [];
  let next = 2;
  const allocate = (bytes: number) => {
    const count = Math.ceil(bytes / clusterSize);
    const first = next;
    for (let i = 1; i <= count; i++) chains[next++] = i === count ? 0xffff : next;
    return count === 0 ? 0 : first;
  };
  for (const folder of folders) {
    if (folder !== root) folder.cluster = allocate((entryCount(folder) + 2) * ENTRY);
  }
  const contents: { cluster: number; content: Uint8Array }[] = [];
  const clusterOf = new Map<Folder, Map<string, number>>();
  for (const folder of folders) {
    const clustersOfFiles = new Map<string, number>();
    for (const [name, content] of folder.files) {
      const cluster = allocate(content.length);
      clustersOfFiles.set(name, cluster);
      contents.push({ cluster, content });
    }
    clusterOf.set(folder, clustersOfFiles);
  }
  const used = (next - 2) * clusterSize;
  if (next - 2 > clusters) {
    throw new UserError(
      `the files of the EFI system partition take ${used} bytes, it has room for ${clusters * clusterSize}`,
      { advice: `raise espMiB to ${Math.ceil((used + 128 * 1024) / 2 ** 20)} or more, or strip the boot loader` },
    );
  }
  if (entryCount(root) + 1 > ROOT_ENTRIES) {
    throw new UserError(`the root folder of the EFI system partition has room for ${ROOT_ENTRIES - 1} entries`);
  }

  const firstFat = RESERVED_SECTORS * SECTOR;
  const rootStart = firstFat + COPIES * sectorsPerFat * SECTOR;
  const dataStart = rootStart + ROOT_SECTORS * SECTOR;
  const place = (cluster: number) => dataStart + (cluster - 2) * clusterSize;
  const bytes = Buffer.alloc(dataStart + used);
  bootSector(options, geometry).copy(bytes);
  const fat = fatTable(chains, bits, sectorsPerFat);
  for (let copy = 0; copy < COPIES; copy++) fat.copy(bytes, firstFat + copy * fat.length);

  const stamp = dosTime(options.time);
  const write = (at: number, name: string, attributes: number, cluster: number, size: number) => {
    bytes.write(name, at, 11, 'latin1');
    bytes[at + 11] = attributes;
    for (const [time, date] of [
      [14, 16],
      [22, 24],
    ] as const) {
      bytes.writeUInt16LE(stamp.time, at + time);
      bytes.writeUInt16LE(stamp.date, at + date);
    }
    bytes.writeUInt16LE(stamp.date, at + 18);
    bytes.writeUInt16LE(cluster, at + 26);
    bytes.writeUInt32LE(size, at + 28);
    return at + ENTRY;
  };
  write(rootStart, options.label.padEnd(11), VOLUME_LABEL, 0, 0);
  for (const folder of folders) {
    let at = folder === root ? rootStart + ENTRY : place(folder.cluster) + 2 * ENTRY;
    for (const child of folder.folders.values()) {
      at = write(at, shortName(child.name), DIRECTORY, child.cluster, 0);
      const own = write(place(child.cluster), '.'.padEnd(11), DIRECTORY, child.cluster, 0);
      write(own, '..'.padEnd(11), DIRECTORY, folder.cluster, 0);
    }
    for (const [name, content] of folder.files) {
      at = write(at, shortName(name), 0x20, clusterOf.get(folder)!.get(name)!, content.length);
    }
  }
  for (const { cluster, content } of contents) if (cluster !== 0) bytes.set(content, place(cluster));
  return { bytes, bits, used };
}

const entryCount = (folder: Folder) => folder.folders.size + folder.files.size;

function folderTree(files: readonly FatFile[]): Folder {
  const make = (name: string): Folder => ({ name, folders: new Map(), files: new Map(), cluster: 0 });
  const root = make('');
  for (const { path, content } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const parts = path.split('/');
    const name = parts.pop()!;
    let folder = root;
    for (const part of parts) {
      if (folder.files.has(part)) throw new UserError(`${path}: ${part} is a file, too`);
      if (!folder.folders.has(part)) folder.folders.set(part, make(part));
      folder = folder.folders.get(part)!;
    }
    if (folder.files.has(name) || folder.folders.has(name)) throw new UserError(`${path} is there twice`);
    folder.files.set(name, content);
  }
  return root;
}

function* allFolders(folder: Folder): Generator<Folder> {
  yield folder;
  for (const child of folder.folders.values()) yield* allFolders(child);
}

/** The 11 characters of a short name. */
function shortName(name: string): string {
  const parts = /^([A-Z0-9$%'\-_@~`!(){}^#&]{1,8})(?:\.([A-Z0-9$%'\-_@~`!(){}^#&]{1,3}))?$/.exec(name);
  if (!parts) {
    throw new UserError(`"${name}" cannot be the name of a file in the EFI system partition`, {
      advice: 'use at most 8 and 3 upper-case letters and digits, such as BOOTAA64.EFI',
    });
  }
  return parts[1]!.padEnd(8) + (parts[2] ?? '').padEnd(3);
}

function bootSector(options: FatOptions, { bits, sectorsPerCluster, sectorsPerFat }: Geometry): Buffer {
  const { sectors, firstLba, label, serial } = options;
  const small = sectors < 0x10000;
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([0xeb, 0x3c, 0x90]);
  bytes.write('NXREDOX ', 3, 'latin1');
  bytes.writeUInt16LE(SECTOR, 11);
  bytes[13] = sectorsPerCluster;
  bytes.writeUInt16LE(RESERVED_SECTORS, 14);
  bytes[16] = COPIES;
  bytes.writeUInt16LE(ROOT_ENTRIES, 17);
  bytes.writeUInt16LE(small ? sectors : 0, 19);
  bytes[21] = MEDIA;
  bytes.writeUInt16LE(sectorsPerFat, 22);
  // Sectors of a track and heads: what a disk without any is said to have.
  bytes.writeUInt16LE(63, 24);
  bytes.writeUInt16LE(255, 26);
  bytes.writeUInt32LE(firstLba, 28);
  bytes.writeUInt32LE(small ? 0 : sectors, 32);
  bytes[36] = 0x80;
  bytes[38] = 0x29;
  bytes.writeUInt32LE(serial >>> 0, 39);
  bytes.write(label.padEnd(11), 43, 11, 'latin1');
  bytes.write(`FAT${bits}   `, 54, 8, 'latin1');
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

function fatTable(chains: readonly number[], bits: 12 | 16, sectorsPerFat: number): Buffer {
  const fat = Buffer.alloc(sectorsPerFat * SECTOR);
  const set = (index: number, value: number) => {
    if (bits === 16) {
      fat.writeUInt16LE(value & 0xffff, index * 2);
      return;
    }
    // Two entries share three bytes.
    const at = Math.floor((index * 3) / 2);
    const old = fat.readUInt16LE(at);
    const shifted = index % 2 === 0 ? (old & 0xf000) | (value & 0xfff) : (old & 0x000f) | ((value & 0xfff) << 4);
    fat.writeUInt16LE(shifted, at);
  };
  set(0, 0xff00 | MEDIA);
  set(1, 0xffff);
  chains.forEach((value, index) => set(index, value));
  return fat;
}

/** Date and time as FAT keeps them, in steps of two seconds from 1980 to 2107. */
function dosTime(seconds: number): { date: number; time: number } {
  const first = Date.UTC(1980, 0, 1);
  const last = Date.UTC(2107, 11, 31, 23, 59, 58);
  const at = new Date(Math.min(Math.max(seconds * 1000, first), last));
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}
