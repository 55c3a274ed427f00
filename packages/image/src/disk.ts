import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { requireBudget, type SizedFile } from '@nx-redox/binary';
import {
  type Arch,
  type Backend,
  blake3Hex,
  createFileWhole,
  sha256File,
  UEFI_LOADER,
  UserError,
  writeFileWhole,
} from '@nx-redox/kit';
import { checkBootFiles, readBiosLoader, readBootLoader } from './boot-files';
import { measureNodes, type MeasuredNode } from './content';
import { derivedGuid } from './guid';
import { type Manifest, runWriter, type TooSmall, type Written } from './helper';
import { extentOf, layoutOf, type Layout } from './layout';
import { checkTree, type DiskNode } from './node';
import type { ImageRecord } from './record';
import { mebibytes } from './size-text';
import { imageTool } from './tool';

const MIB = 2 ** 20;

/** A disk to write. Paths are absolute, or relative to the workspace. */
export interface DiskRequest {
  arch: Arch;
  backend: Backend;
  /** Size of the whole disk. */
  sizeMiB: number;
  /** What the root file system holds, each directory named; their order does not matter. */
  nodes: readonly DiskNode[];
  /** Size of the EFI system partition. */
  efiMiB: number;
  /** Files of the boot loaders for UEFI and, if there is one, for BIOS. */
  bootloader: { efi: string; bios?: string };
  /** Most that boot loader and files may take, RedoxFS's own tables included. */
  budgetMiB?: number;
  /** Folder for `disk.img`, `image.json` and `artifact.json`. */
  output: string;
  /** How the user says the size, and that of the EFI system partition, for advice; default: as in here. */
  named?: { sizeMiB: string; efiMiB: string };
}

/**
 * Writes a disk image, describes it in `image.json` and says its size and digest in `artifact.json`. The same files give
 * the same bytes: GUIDs follow from the content, times from SOURCE_DATE_EPOCH, owners and modes from the nodes.
 *
 * @throws {UserError} if a boot loader, kernel or initfs is missing or of another machine, a node cannot be placed,
 * something does not fit, or the budget is exceeded. There is no new image then.
 */
export async function writeDisk(
  workspaceRoot: string,
  request: DiskRequest,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const { arch, backend, sizeMiB, efiMiB, named } = request;
  const output = resolve(workspaceRoot, request.output);
  const time = sourceDateEpoch();
  const loaders = readLoaders(workspaceRoot, request);
  // The order that they are written in is part of the bytes.
  const sorted = request.nodes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  checkTree(sorted);
  const nodes = await measureNodes(workspaceRoot, sorted, signal);
  const boot = checkBootFiles(nodes, arch);
  const files = nodes.map(recordOf);
  const identity = JSON.stringify({ sizeMiB, efiMiB, time, ...loaders.records, files });
  const layout = layoutOf(sizeMiB, efiMiB, identity, named?.sizeMiB);
  const uuid = derivedGuid('RedoxFS', identity);
  const tool = await imageTool(workspaceRoot, signal);

  let record: ImageRecord | undefined;
  await createFileWhole(join(output, 'disk.img'), async (disk) => {
    const manifest: Manifest = {
      disk,
      size: sizeMiB * MIB,
      time,
      table: tableOf(layout, loaders, identity),
      redoxfs: { ...extentOf(layout.redox), uuid, nodes },
    };
    const written = await runWriter(tool, manifest, signal);
    if ('need' in written) throw tooSmall(written, request, nodes);
    const used = written.efi.used + written.redoxfs.used;
    record = {
      schema: 3,
      arch,
      backend,
      image: 'disk.img',
      size: manifest.size,
      budget: await checkBudget(used, request, nodes, output),
      time,
      guid: layout.guid,
      ...loaders.records,
      partitions: partitionRecords(layout, written, loaders),
      redoxfs: { uuid, used: written.redoxfs.used, ...boot, files },
    };
  });
  const disk = join(output, 'disk.img');
  const made = { schema: 1, files: [{ path: 'disk.img', size: record!.size, sha256: await sha256File(disk) }] };
  await writeFileWhole(join(output, 'artifact.json'), `${JSON.stringify(made, undefined, 2)}\n`);
  await writeFileWhole(join(output, 'image.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  return record!;
}

interface Loaders {
  efi: string;
  bios?: string;
  records: Pick<ImageRecord, 'bootLoader' | 'biosLoader'>;
}

const contentOf = (bytes: Buffer) => ({
  size: bytes.length,
  blake2b: createHash('blake2b512').update(bytes).digest('hex'),
});

function readLoaders(workspaceRoot: string, { arch, bootloader: { efi, bios } }: DiskRequest): Loaders {
  const efiPath = resolve(workspaceRoot, efi);
  const efiBytes = readBootLoader(efiPath, relative(workspaceRoot, efiPath), arch);
  const bootLoader = { path: UEFI_LOADER[arch], ...contentOf(efiBytes) };
  if (bios === undefined) return { efi: efiPath, records: { bootLoader } };
  const biosPath = resolve(workspaceRoot, bios);
  const biosBytes = readBiosLoader(biosPath, relative(workspaceRoot, biosPath));
  const biosLoader = contentOf(biosBytes);
  return { efi: efiPath, bios: biosPath, records: { bootLoader, biosLoader } };
}

function tableOf(layout: Layout, { efi, bios, records }: Loaders, identity: string): Manifest['table'] {
  return {
    ...layout,
    ...(bios === undefined ? {} : { biosLoader: bios }),
    efiSerial: Number.parseInt(blake3Hex(identity).slice(0, 8), 16),
    efiLoader: { name: records.bootLoader.path.split('/').at(-1)!, source: efi },
  };
}

function recordOf(node: MeasuredNode): ImageRecord['redoxfs']['files'][number] {
  const { kind, path, mode, uid, gid, size, digest } = node;
  const target = kind === 'symlink' ? node.target : undefined;
  return { path, kind, mode: mode.toString(8), uid, gid, size, blake2b: digest, target };
}

function partitionRecords(layout: Layout, { efi, redoxfs }: Written, { records }: Loaders): ImageRecord['partitions'] {
  const contents = {
    bios: { name: 'BIOS', fileSystem: 'none', used: records.biosLoader?.size ?? 0 },
    efi: { name: 'EFI', fileSystem: `FAT${efi.bits}`, used: efi.used },
    redox: { name: 'REDOX', fileSystem: 'RedoxFS', used: redoxfs.used },
  } as const;
  return (['bios', 'efi', 'redox'] as const).map((key) => ({
    ...layout[key],
    size: extentOf(layout[key]).size,
    ...contents[key],
  }));
}

function tooSmall({ part, need, room }: TooSmall, request: DiskRequest, nodes: readonly MeasuredNode[]): UserError {
  const { sizeMiB, efiMiB, named = { sizeMiB: 'sizeMiB', efiMiB: 'efiMiB' } } = request;
  const missing = mebibytes(need - room);
  if (part === 'redoxfs') {
    return new UserError(
      `a disk of ${sizeMiB} MiB is ${missing} too small for its ${nodes.length} files: ` +
        `they need a RedoxFS of ${mebibytes(need)}, it has room for one of ${mebibytes(room)}`,
      { advice: [`set ${named.sizeMiB} to ${sizeMiB + Math.ceil((need - room) / MIB)} or more`, largestFiles(nodes)] },
    );
  }
  // A loader for BIOS is checked before.
  return new UserError(
    `the EFI system partition of ${efiMiB} MiB is ${missing} too small for the boot loader: ` +
      `it needs ${mebibytes(need)}, there are ${mebibytes(room)}`,
    { advice: `set ${named.efiMiB} to ${efiMiB + Math.ceil((need - room) / MIB)} or more` },
  );
}

/** Advice that names what takes the most space. */
function largestFiles(nodes: readonly MeasuredNode[]): string {
  const files = nodes.filter((node) => node.kind === 'file').sort((a, b) => b.size! - a.size!);
  const names = files.slice(0, 3).map((node) => `${node.path} (${mebibytes(node.size!)})`);
  return `leave files out or strip them; the largest are ${names.join(', ')}`;
}

/** @throws {UserError} with what grew since the image that lies in the output folder. */
async function checkBudget(
  used: number,
  { budgetMiB }: DiskRequest,
  nodes: readonly MeasuredNode[],
  output: string,
): Promise<ImageRecord['budget']> {
  if (budgetMiB === undefined) return { used };
  const limit = budgetMiB * MIB;
  const advice = [largestFiles(nodes)];
  requireBudget({ limit, what: 'the image' }, { size: used, files: sized(nodes) }, await lastImage(output), advice);
  return { used, limit };
}

function sized(files: readonly { path: string; size?: number }[]): SizedFile[] {
  return files.flatMap(({ path, size }) => (size === undefined ? [] : [{ path, size }]));
}

/** What the image before has; undefined if there was none, or one of another version. */
async function lastImage(output: string): Promise<{ size: number; files: SizedFile[] } | undefined> {
  try {
    const { budget, redoxfs } = JSON.parse(await readFile(join(output, 'image.json'), 'utf8')) as ImageRecord;
    return { size: budget.used, files: sized(redoxfs.files) };
  } catch {
    return undefined;
  }
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
