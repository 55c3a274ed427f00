const SECTOR = 512;
const SECTORS = 2048;
const FAT_SECTORS = 6;
const ROOT_ENTRIES = 16;
const DATA = 1 + FAT_SECTORS + (ROOT_ENTRIES * 32) / SECTOR;

/**
 * A disk of 1 MiB that is one FAT12 file system without partitions.
 * @param path upper-case names of eight and three characters at most, such as `EFI/BOOT/BOOTX64.EFI`
 */
export function fatDisk(path?: string, content: Uint8Array = Buffer.alloc(0)): Uint8Array {
  const disk = Buffer.alloc(SECTORS * SECTOR);
  disk.set([0xeb, 0x3c, 0x90]);
  disk.write('NXREDOX ', 3);
  disk.writeUInt16LE(SECTOR, 11);
  disk.writeUInt8(1, 13); // sectors of a cluster
  disk.writeUInt16LE(1, 14); // reserved sectors
  disk.writeUInt8(1, 16); // FATs
  disk.writeUInt16LE(ROOT_ENTRIES, 17);
  disk.writeUInt16LE(SECTORS, 19);
  disk.writeUInt8(0xf8, 21);
  disk.writeUInt16LE(FAT_SECTORS, 22);
  disk.writeUInt8(0x29, 38);
  disk.write('NX-REDOX   FAT12   ', 43);
  disk.writeUInt16LE(0xaa55, 510);

  const link = (cluster: number, next: number) => {
    const at = SECTOR + Math.floor(cluster * 1.5);
    const old = disk.readUInt16LE(at);
    disk.writeUInt16LE(cluster % 2 === 0 ? (old & 0xf000) | next : (old & 0x000f) | (next << 4), at);
  };
  link(0, 0xff8);
  link(1, 0xfff);
  const offsetOf = (cluster: number) => (DATA + cluster - 2) * SECTOR;
  const entry = (at: number, name: string, attributes: number, cluster: number, size = 0) => {
    disk.write(name, at, 'latin1');
    disk.writeUInt8(attributes, at + 11);
    disk.writeUInt16LE(cluster, at + 26);
    disk.writeUInt32LE(size, at + 28);
  };
  const shortName = (name: string) => {
    const [stem, extension = ''] = name.split('.');
    return stem!.padEnd(8) + extension.padEnd(3);
  };

  const names = path?.split('/') ?? [];
  let folder = (1 + FAT_SECTORS) * SECTOR;
  let parent = 0;
  let free = 2;
  names.forEach((name, i) => {
    const cluster = free;
    const isFile = i === names.length - 1;
    const clusters = isFile ? Math.ceil(content.length / SECTOR) : 1;
    for (let n = 0; n < clusters; n++) link(free + n, n === clusters - 1 ? 0xfff : free + n + 1);
    free += clusters;
    entry(folder, shortName(name), isFile ? 0x20 : 0x10, cluster, isFile ? content.length : 0);
    folder = offsetOf(cluster);
    if (isFile) {
      disk.set(content, folder);
      return;
    }
    entry(folder, '.          ', 0x10, cluster);
    entry(folder + 32, '..         ', 0x10, parent);
    parent = cluster;
    folder += 64;
  });
  return disk;
}
