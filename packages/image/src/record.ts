import type { Arch, Backend } from '@nx-redox/kit';
import type { DiskNode } from './node';

/** `image.json`: what is in an image; it depends on the image's content only. */
export interface ImageRecord {
  schema: 3;
  arch: Arch;
  backend: Backend;
  image: 'disk.img';
  /** Bytes. */
  size: number;
  /** Bytes in use, and how many may be; no `limit` if there is no budget. */
  budget: { used: number; limit?: number };
  /** Time of all files, in seconds since 1970. */
  time: number;
  /** Of the disk. */
  guid: string;
  bootLoader: { path: string; size: number; blake2b: string };
  biosLoader?: { size: number; blake2b: string };
  partitions: {
    name: string;
    guid: string;
    firstLba: number;
    lastLba: number;
    size: number;
    fileSystem: 'none' | 'FAT12' | 'FAT16' | 'FAT32' | 'RedoxFS';
    used: number;
  }[];
  redoxfs: {
    uuid: string;
    used: number;
    kernel: string;
    initfs: string;
    files: {
      path: string;
      kind: DiskNode['kind'];
      /** Octal. */
      mode: string;
      uid: number;
      gid: number;
      size?: number;
      blake2b?: string;
      target?: string;
    }[];
  };
}
