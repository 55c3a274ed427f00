import { FormatError } from '@nx-redox/binary';
import type { Readable } from './read-at';

/** A file of a FAT file system. */
export interface FatEntry {
  path: string;
  kind: 'folder' | 'file';
  content: Buffer;
}

export interface FatListing {
  bits: 12 | 16;
  label: string;
  serial: number;
  entries: FatEntry[];
  /** Bytes of clusters in use. */
  used: number;
}

/**
 * Reads a whole FAT12 or FAT16 file system and checks it: both copies of the FAT, that chains end, share no cluster and have
 * the length that their files need, that no cluster is lost. It shares no code with the writer.
 *
 * @throws {FormatError} that names the first thing that is wrong.
 */
export function readFat(disk: Readable): FatListing {
  return new FatReader(disk).list();
}

class FatReader {
  private readonly clusterSize: number;
  private readonly clusters: number;
  private readonly bits: 12 | 16;
  private readonly fat: Buffer;
  private readonly root: Buffer;
  private readonly dataStart: number;
  private readonly boot: Buffer;
  private readonly owners = new Map<number, string>();

  constructor(private readonly disk: Readable) {
    const boot = disk.read(0, 512);
    this.boot = boot;
    if (boot.readUInt16BE(510) !== 0x55aa) throw new FormatError('no FAT: the boot sector has no signature', 510);
    const sector = boot.readUInt16LE(11);
    const perCluster = boot.readUInt8(13);
    if (sector !== 512) throw new FormatError(`FAT sectors of ${sector} bytes`, 11);
    if (perCluster === 0 || (perCluster & (perCluster - 1)) !== 0) {
      throw new FormatError(`FAT clusters of ${perCluster} sectors`, 13);
    }
    const reserved = boot.readUInt16LE(14);
    const copies = boot.readUInt8(16);
    const rootBytes = boot.readUInt16LE(17) * 32;
    const total = boot.readUInt16LE(19) || boot.readUInt32LE(32);
    const fatBytes = boot.readUInt16LE(22) * sector;
    if (total * sector > disk.size) {
      throw new FormatError(`the FAT file system has ${total} sectors, its partition ${disk.size / sector}`, 19);
    }
    if (reserved === 0 || copies === 0 || fatBytes === 0) throw new FormatError('the file system has no FAT', 14);
    const fatStart = reserved * sector;
    const rootStart = fatStart + copies * fatBytes;
    this.dataStart = rootStart + Math.ceil(rootBytes / sector) * sector;
    this.clusterSize = perCluster * sector;
    this.clusters = Math.floor((total * sector - this.dataStart) / this.clusterSize);
    if (this.clusters < 1 || this.clusters >= 65525) {
      throw new FormatError(`${this.clusters} clusters are neither FAT12 nor FAT16`, 19);
    }
    this.bits = this.clusters < 4085 ? 12 : 16;
    if (fatBytes * 8 < (this.clusters + 2) * this.bits) {
      throw new FormatError(`the FAT is too short for ${this.clusters} clusters`, 22);
    }
    this.fat = disk.read(fatStart, fatBytes);
    for (let copy = 1; copy < copies; copy++) {
      const start = fatStart + copy * fatBytes;
      if (!disk.read(start, fatBytes).equals(this.fat)) throw new FormatError('the copies of the FAT differ', start);
    }
    const media = boot.readUInt8(21);
    if ((this.entry(0) & 0xff) !== media)
      throw new FormatError("the FAT's first entry is not the media byte", fatStart);
    this.root = disk.read(rootStart, rootBytes);
  }

  list(): FatListing {
    const entries = [...this.folder(this.root, '', 0)];
    const lost = Array.from({ length: this.clusters }, (_, i) => i + 2).filter(
      (cluster) => this.entry(cluster) !== 0 && !this.owners.has(cluster),
    );
    if (lost.length > 0) throw new FormatError(`cluster ${lost[0]} is in use but belongs to no file`, this.dataStart);
    const text = (start: number, end: number) => this.boot.toString('latin1', start, end).trimEnd();
    return {
      bits: this.bits,
      label: text(43, 54),
      serial: this.boot.readUInt32LE(39),
      entries,
      used: this.owners.size * this.clusterSize,
    };
  }

  private entry(index: number): number {
    if (this.bits === 16) return this.fat.readUInt16LE(index * 2);
    const pair = this.fat.readUInt16LE(index + (index >> 1));
    return index & 1 ? pair >> 4 : pair & 0xfff;
  }

  private chain(first: number, owner: string): Buffer {
    const end = this.bits === 16 ? 0xfff8 : 0xff8;
    const parts: Buffer[] = [];
    for (let cluster = first; cluster < end; cluster = this.entry(cluster)) {
      if (cluster < 2 || cluster >= this.clusters + 2) {
        throw new FormatError(`${owner}: cluster ${cluster} does not exist`, this.dataStart);
      }
      const at = this.dataStart + (cluster - 2) * this.clusterSize;
      const other = this.owners.get(cluster);
      if (other !== undefined) throw new FormatError(`${owner}: cluster ${cluster} belongs to ${other}, too`, at);
      this.owners.set(cluster, owner);
      parts.push(this.disk.read(at, this.clusterSize));
    }
    return Buffer.concat(parts);
  }

  private *folder(bytes: Buffer, prefix: string, own: number, parent = 0): Generator<FatEntry> {
    const names = new Set<string>();
    for (let at = 0; at < bytes.length && bytes[at] !== 0; at += 32) {
      const attributes = bytes.readUInt8(at + 11);
      // Deleted entries, long names and labels.
      if (bytes[at] === 0xe5 || (attributes & 0x08) !== 0) continue;
      const part = (start: number, end: number) => bytes.toString('latin1', at + start, at + end).trimEnd();
      const extension = part(8, 11);
      const name = extension ? `${part(0, 8)}.${extension}` : part(0, 8);
      const path = prefix + name;
      const first = bytes.readUInt16LE(at + 26);
      const size = bytes.readUInt32LE(at + 28);
      if (names.has(name)) throw new FormatError(`${path} is there twice`, at);
      names.add(name);
      if (name === '.' || name === '..') {
        const expected = name === '.' ? own : parent;
        if (first !== expected) throw new FormatError(`${path} leads to cluster ${first}, not ${expected}`, at);
        continue;
      }
      if ((attributes & 0x10) !== 0) {
        yield { path, kind: 'folder', content: Buffer.alloc(0) };
        yield* this.folder(this.chain(first, path), `${path}/`, first, own);
        continue;
      }
      if ((size === 0) !== (first === 0)) throw new FormatError(`${path}: ${size} bytes from cluster ${first}`, at);
      const content = size === 0 ? Buffer.alloc(0) : this.chain(first, path);
      if (Math.ceil(size / this.clusterSize) * this.clusterSize !== content.length) {
        throw new FormatError(`${path} has ${size} bytes, its clusters hold ${content.length}`, at);
      }
      yield { path, kind: 'file', content: content.subarray(0, size) };
    }
    if (prefix !== '' && !(names.has('.') && names.has('..'))) throw new FormatError(`${prefix} lacks . or ..`, 0);
  }
}
