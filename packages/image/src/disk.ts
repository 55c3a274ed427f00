import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  type Arch,
  type Backend,
  blake3Hex,
  createFileWhole,
  fillPath,
  UserError,
  writeFileWhole,
} from '@nx-redox/kit';
import { BOOT_LOADER, checkBootFiles, readBootLoader } from './boot-files';
import { fatImage } from './fat';
import {
  BIOS_BOOT,
  EFI_SYSTEM,
  LINUX_DATA,
  partitionTable,
  SECTOR,
  type PartitionTable,
  usableSectors,
  withBiosLoader,
} from './gpt';
import { derivedGuid } from './guid';
import { contentDigest, largestFiles, mebibytes, writeRedoxfs } from './redoxfs';
import { redoxfsTool } from './tool';
import { collectTree, type DiskEntry, type TreeNode } from './tree';
import { verifyDisk } from './verify';

const MIB = 2 ** 20;
const SECTORS_PER_MIB = MIB / SECTOR;
/** RedoxFS needs 256 blocks for its headers alone. */
const MIN_REDOXFS_MIB = 2;
/** The table at the disk's begin, and its backup at the end, take a MiB each: partitions are aligned to MiB. */
const TABLES_MIB = 2;

export interface DiskOptions {
  arch: Arch;
  backend: Backend;
  /** The boot loader's .efi file, relative to the workspace; this and `files` may contain `{arch}` and `{backend}`. */
  bootloader: string;
  /**
   * The layout of Redox's installer: a BIOS boot partition before the EFI system partition, with this boot loader for
   * BIOS in it if there is one (a path as `bootloader`).
   */
  bios?: { file?: string };
  /** What the root file system holds. */
  files: readonly DiskEntry[];
  /** Size of the whole disk. */
  sizeMiB: number;
  /** Size of the EFI system partition. */
  espMiB?: number;
  /** Most that boot loader and files may take, RedoxFS's own tables included. */
  budgetMiB?: number;
  /** Folder for `disk.img` and `image.json`, relative to the workspace. */
  outputPath: string;
}

/** `image.json`: what is in an image; it depends on the image's content only. */
export interface ImageRecord {
  schema: 1;
  arch: Arch;
  backend: Backend;
  image: 'disk.img';
  /** Bytes. */
  size: number;
  /** Bytes in use, and how many may be; no `limit` if there is no budget. */
  budget: { used: number; limit?: number };
  /** Time of all files, in seconds since 1970. */
  time: number;
  guid: string;
  partitions: {
    name: string;
    type: string;
    guid: string;
    firstLba: number;
    lastLba: number;
    size: number;
    fileSystem: 'FAT12' | 'FAT16' | 'RedoxFS' | 'none';
    used: number;
  }[];
  bootLoader: { path: string; size: number; blake3: string };
  redoxfs: {
    uuid: string;
    kernel: string;
    initfs: string;
    files: {
      path: string;
      kind: TreeNode['kind'];
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

/**
 * Writes a disk image that UEFI firmware boots Redox from, reads it back, and describes it in `image.json`. The same files
 * give the same bytes: GUIDs follow from the content, times from SOURCE_DATE_EPOCH, owners and modes from the options.
 *
 * @throws {UserError} if the boot loader, kernel or initfs is missing or of another machine, an entry cannot be placed,
 * something does not fit, or the budget is exceeded. There is no new image then.
 */
export async function makeDisk(
  workspaceRoot: string,
  options: DiskOptions,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const { arch, backend, sizeMiB, espMiB = 1 } = options;
  const target = { arch, backend };
  const output = resolve(workspaceRoot, fillPath(options.outputPath, target));
  checkSizes(sizeMiB, espMiB);
  const time = sourceDateEpoch();
  const loaderPath = resolve(workspaceRoot, fillPath(options.bootloader, target));
  const loader = readBootLoader(loaderPath, relative(workspaceRoot, loaderPath), arch);
  const bios = readBios(workspaceRoot, options);
  const tree = collectTree(workspaceRoot, options.files, target);
  const boot = checkBootFiles(tree, arch);
  const nodes: (TreeNode & { digest?: string })[] = [];
  for (const node of tree) {
    signal?.throwIfAborted();
    nodes.push(node.source === undefined ? node : { ...node, digest: await contentDigest(node.source) });
  }

  const bootLoader = { path: BOOT_LOADER[arch], size: loader.length, blake3: blake3Hex(loader) };
  const files = nodes.map(({ kind, path, mode, uid, gid, size, digest, target: link }) => ({
    path,
    kind,
    mode: mode.toString(8),
    uid,
    gid,
    size,
    blake2b: digest,
    target: link,
  }));
  const identity = JSON.stringify({ sizeMiB, espMiB, time, bootLoader, bios: bios && blake3Hex(bios), files });
  const table = layout(sizeMiB, espMiB, identity, bios !== undefined);
  const extentOf = (name: string) => {
    const { firstLba, lastLba } = table.partitions.find((partition) => partition.name === name)!;
    return { offset: firstLba * SECTOR, size: (lastLba - firstLba + 1) * SECTOR };
  };
  const esp = extentOf('EFI');
  const system = extentOf('REDOX');
  const fat = fatImage({
    sectors: esp.size / SECTOR,
    firstLba: esp.offset / SECTOR,
    label: 'EFI',
    serial: Number.parseInt(blake3Hex(identity).slice(0, 8), 16),
    time,
    files: [{ path: bootLoader.path, content: loader }],
  });
  const uuid = derivedGuid('RedoxFS', identity);
  const tool = await redoxfsTool(workspaceRoot, signal);

  const record: ImageRecord = {
    schema: 1,
    arch,
    backend,
    image: 'disk.img',
    size: sizeMiB * MIB,
    budget: { used: 0 },
    time,
    guid: table.guid,
    partitions: [],
    bootLoader,
    redoxfs: { uuid, ...boot, files },
  };
  await createFileWhole(join(output, record.image), async (disk) => {
    const tables = partitionTable(table);
    const pieces = bios === undefined ? tables : withBiosLoader(tables, bios);
    writePieces(disk, record.size, [...pieces, { offset: esp.offset, bytes: fat.bytes }]);
    const { used } = await writeRedoxfs(tool, { disk, ...system }, nodes, { uuid, time, signal });
    record.budget = checkBudget(fat.used + used, options.budgetMiB, nodes);
    const contents = {
      BIOS: { fileSystem: 'none' as const, used: bios?.length ?? 0 },
      EFI: { fileSystem: `FAT${fat.bits}` as const, used: fat.used },
      REDOX: { fileSystem: 'RedoxFS' as const, used },
    };
    record.partitions = table.partitions.map((partition) => ({
      ...partition,
      size: extentOf(partition.name).size,
      ...contents[partition.name as keyof typeof contents],
    }));
    await verifyDisk(
      disk,
      tool,
      { table, bootLoader: { path: bootLoader.path, content: loader }, uuid, nodes },
      signal,
    );
  });
  await writeFileWhole(join(output, 'image.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

/** The boot loader for BIOS, none if there is none; undefined without a place for it. */
function readBios(workspaceRoot: string, { bios, arch, backend }: DiskOptions): Buffer | undefined {
  if (bios === undefined) return undefined;
  if (bios.file === undefined) return Buffer.alloc(0);
  const path = resolve(workspaceRoot, fillPath(bios.file, { arch, backend }));
  const bytes = readFileSync(path);
  if (bytes.length > MIB) {
    throw new UserError(`the boot loader for BIOS has ${mebibytes(bytes.length)}; there is one MiB for it`, {
      file: relative(workspaceRoot, path),
    });
  }
  return bytes;
}

function checkSizes(sizeMiB: number, espMiB: number): void {
  const least = espMiB + MIN_REDOXFS_MIB + TABLES_MIB;
  if (sizeMiB < least) {
    throw new UserError(
      `a disk of ${sizeMiB} MiB has no room for an EFI system partition of ${espMiB} MiB and for RedoxFS`,
      { advice: `set sizeMiB to ${least} or more` },
    );
  }
}

/**
 * EFI system partition from 1 MiB on, RedoxFS after it up to the last MiB. With 1 MiB for the first, RedoxFS is at 2 MiB, where
 * the boot loader looks even if the firmware tells it nothing of partitions (redox-os/bootloader src/os/uefi/device.rs).
 */
function layout(sizeMiB: number, espMiB: number, identity: string, hasBios: boolean): PartitionTable {
  const sectors = sizeMiB * SECTORS_PER_MIB;
  const system = (1 + espMiB) * SECTORS_PER_MIB;
  const end = Math.floor((usableSectors(sectors).last + 1) / SECTORS_PER_MIB) * SECTORS_PER_MIB;
  const guid = (purpose: string) => derivedGuid(purpose, identity);
  return {
    sectors,
    guid: guid('disk'),
    partitions: [
      ...(hasBios
        ? [
            {
              name: 'BIOS',
              type: BIOS_BOOT,
              guid: guid('BIOS'),
              firstLba: usableSectors(sectors).first,
              lastLba: SECTORS_PER_MIB - 1,
            },
          ]
        : []),
      { name: 'EFI', type: EFI_SYSTEM, guid: guid('EFI'), firstLba: SECTORS_PER_MIB, lastLba: system - 1 },
      { name: 'REDOX', type: LINUX_DATA, guid: guid('REDOX'), firstLba: system, lastLba: end - 1 },
    ],
  };
}

function writePieces(path: string, size: number, pieces: readonly { offset: number; bytes: Buffer }[]): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    // Gaps stay holes, which read as zeros.
    ftruncateSync(file, size);
    for (const { offset, bytes } of pieces) {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(file, bytes, done, bytes.length - done, offset + done);
      }
    }
  } finally {
    closeSync(file);
  }
}

function checkBudget(used: number, budgetMiB: number | undefined, nodes: readonly TreeNode[]): ImageRecord['budget'] {
  if (budgetMiB === undefined) return { used };
  const limit = budgetMiB * MIB;
  if (used > limit) {
    throw new UserError(`the image uses ${mebibytes(used)}, its budget is ${mebibytes(limit)}`, {
      advice: [largestFiles(nodes), 'or raise budgetMiB'],
    });
  }
  return { used, limit };
}

/** Time stamp for reproducible files (reproducible-builds.org), in seconds. */
function sourceDateEpoch(): number {
  const value = process.env['SOURCE_DATE_EPOCH'];
  if (value === undefined || value === '') return 0;
  if (!/^\d{1,12}$/.test(value)) {
    throw new UserError(`SOURCE_DATE_EPOCH is "${value}"`, { advice: 'set it to seconds since 1970, or unset it' });
  }
  return Number(value);
}
