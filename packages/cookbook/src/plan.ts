/*
 * What an image holds, as plain data: the config and the stages of its packages go in, every node of the root file
 * system comes out. Who writes the image needs nothing else.
 */

/** A piece of a file's content: text that the config or the installer gives, or a file of a stage, copied. */
export type ContentPart = { text: string } | { source: string };

interface PlanNodeBase {
  /** Place in the root file system, parts joined by `/`, without one in front. The root itself is no node. */
  path: string;
  /** Permission bits, with setuid, setgid and sticky: at most 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** What last wrote the node, for messages: `config/base.toml:12`, `package kernel`, or `the installer`. */
  origin: string;
}

/** A node of the root file system. Parts of a file follow each other without anything in between. */
export type PlanNode = PlanNodeBase &
  ({ kind: 'directory' } | { kind: 'symlink'; target: string } | { kind: 'file'; content: readonly ContentPart[] });

/** The disk around the root file system. */
export interface PlanDisk {
  /** MiB of the whole disk; undefined if the config does not say. */
  sizeMiB?: number;
  /** MiB of the EFI system partition. */
  efiMiB: number;
  /** False: the disk is one RedoxFS from its first byte, without partitions and boot loaders. */
  partitions: boolean;
  /** Files of the stage of package `bootloader`. For the EFI system partition, and for the first sectors of the disk. */
  bootloader: { efi?: string; bios?: string };
}

/** What an image holds. */
export interface InstallPlan {
  /** Sorted by path, each directory before its content. No path is there twice. */
  nodes: PlanNode[];
  disk: PlanDisk;
}

/** One entry of a package's stage; paths are like those of {@link PlanNode}. */
export type StageEntry =
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'symlink'; path: string; target: string }
  /** `source`: the file to copy, as the plan shall name it. */
  | { kind: 'file'; path: string; mode: number; source: string };

/** What a package installs. */
export interface PackageStage {
  name: string;
  entries: readonly StageEntry[];
}
