import { FormatError } from '@nx-redox/binary';
import { UserError } from '@nx-redox/kit';
import { EFI_SYSTEM, LINUX_DATA, SECTOR, type PartitionTable } from './gpt';
import { readablePart, withReadableFile } from './read-at';
import { readFat } from './read-fat';
import { readPartitionTable } from './read-gpt';
import { listRedoxfs, type RedoxfsNode } from './redoxfs';
import type { TreeNode } from './tree';

/** What a disk image shall hold. */
export interface Expected {
  table: PartitionTable;
  bootLoader: { path: string; content: Uint8Array };
  uuid: string;
  nodes: readonly (TreeNode & { digest?: string })[];
}

/**
 * Reads a disk image again, by code that shares nothing with the writers: the partition tables, the EFI system partition
 * with the boot loader's bytes, RedoxFS with the digest of every file.
 *
 * @throws {UserError} that names the first difference.
 */
export async function verifyDisk(path: string, tool: string, expected: Expected, signal?: AbortSignal): Promise<void> {
  const system = withReadableFile(path, (disk) => {
    const table = labelled('partition table', () => readPartitionTable(disk));
    same('the partition table', JSON.stringify(table), JSON.stringify(expected.table));
    const find = (type: string) => {
      const partition = table.partitions.find((candidate) => candidate.type === type)!;
      const sectors = partition.lastLba - partition.firstLba + 1;
      return { offset: partition.firstLba * SECTOR, size: sectors * SECTOR };
    };
    const esp = find(EFI_SYSTEM);
    const { entries } = labelled('EFI system partition', () => readFat(readablePart(disk, esp.offset, esp.size)));
    const files = entries.filter((entry) => entry.kind === 'file');
    const { bootLoader } = expected;
    same('the list of the EFI system partition', files.map((file) => file.path).join(', '), bootLoader.path);
    if (!files[0]!.content.equals(bootLoader.content)) throw wrong(`${bootLoader.path} has other bytes`);
    return find(LINUX_DATA);
  });
  const listing = await listRedoxfs(tool, { disk: path, ...system }, signal);
  same("RedoxFS's UUID", listing.uuid, expected.uuid.replaceAll('-', ''));
  // RedoxFS counts in blocks of 4096 bytes.
  same("RedoxFS's size", String(listing.size), String(system.size));
  compareNodes(listing.nodes, expected.nodes);
}

function compareNodes(found: readonly RedoxfsNode[], expected: Expected['nodes']): void {
  const byPath = new Map(found.map((node) => [node.path, node]));
  for (const node of expected) {
    const there = byPath.get(node.path);
    if (!there) throw wrong(`${node.path} is not in RedoxFS`);
    same(node.path, describe(there), describe(node));
    byPath.delete(node.path);
  }
  for (const path of byPath.keys()) throw wrong(`${path} is in RedoxFS, but nobody put it there`);
}

function describe({ kind, mode, uid, gid, size, digest, target }: RedoxfsNode): string {
  const what = kind === 'file' ? `, ${size} bytes, BLAKE2b ${digest}` : kind === 'link' ? ` to ${target}` : '';
  return `${kind}${what}, mode ${mode.toString(8)}, owner ${uid}:${gid}`;
}

function same(what: string, found: string, expected: string): void {
  if (found !== expected) throw wrong(`${what}: read ${found}, wrote ${expected}`);
}

function labelled<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw wrong(`${what}: ${error.message}`);
    throw error;
  }
}

function wrong(message: string): UserError {
  return new UserError(`the image does not hold what was written to it: ${message}`, {
    advice: 'was a file changed meanwhile? If it happens again, the disk or this program is at fault',
  });
}
