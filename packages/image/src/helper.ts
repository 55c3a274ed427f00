import { run, UserError } from '@nx-redox/kit';
import type { DiskNode } from './node';
import type { Slot } from './layout';

/** What the helper writes; the counterpart of `src/rust/src/manifest.rs`. */
export interface Manifest {
  /** The file to make; it must not be there. */
  disk: string;
  /** Bytes of the disk. */
  size: number;
  /** Time of everything, in seconds since 1970. */
  time: number;
  table: {
    guid: string;
    bios: Slot;
    biosLoader?: string;
    efi: Slot;
    efiSerial: number;
    efiLoader: { name: string; source: string };
    redox: Slot;
  };
  redoxfs: { offset: number; size: number; uuid: string; nodes: readonly ManifestNode[] };
}

/** A node with absolute paths of its content, and the content's digest. */
export type ManifestNode = DiskNode & { digest?: string };

export interface Written {
  /** Bits of a cluster's number, and bytes of clusters in use. */
  efi: { bits: 12 | 16 | 32; used: number };
  redoxfs: RedoxfsSummary;
}

/** What RedoxFS says of itself. */
export interface RedoxfsSummary {
  uuid: string;
  size: number;
  /** Bytes of blocks that are not free, its own tables included. */
  used: number;
}

const TOO_SMALL = 3;

/** Something that has no room. */
export interface TooSmall {
  part: 'redoxfs' | 'efi' | 'bios';
  /** Bytes that it needs, and that there are. */
  need: number;
  room: number;
}

/**
 * Writes a disk.
 *
 * @returns what is on it, or what is too small for its content; there is no disk then.
 * @throws {UserError} if it cannot be written.
 */
export async function runWriter(tool: string, manifest: Manifest, signal?: AbortSignal): Promise<Written | TooSmall> {
  const { exitCode, stdout, stderr } = await run(tool, ['write'], { input: JSON.stringify(manifest), signal });
  if (exitCode !== 0 && exitCode !== TOO_SMALL) throw new UserError(`the disk cannot be written: ${stderr.trim()}`);
  return JSON.parse(stdout) as Written | TooSmall;
}
