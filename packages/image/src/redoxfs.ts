import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { run, UserError } from '@nx-redox/kit';
import type { TreeNode } from './tree';

/** Bytes of a disk image. */
export interface Extent {
  disk: string;
  offset: number;
  size: number;
}

/** What RedoxFS says of itself. */
export interface RedoxfsSummary {
  /** 32 hex digits. */
  uuid: string;
  size: number;
  /** Bytes of blocks that are not free, its own tables included. */
  used: number;
}

/** A node as it is in RedoxFS. */
export interface RedoxfsNode {
  kind: TreeNode['kind'];
  path: string;
  mode: number;
  uid: number;
  gid: number;
  size?: number;
  /** BLAKE2b-512 of a file's content. */
  digest?: string;
  target?: string;
}

const NO_SPACE = 3;
const LETTER: Record<TreeNode['kind'], string> = { folder: 'd', file: 'f', link: 'l' };
const FIELDS = 6;

/** BLAKE2b-512 of a file, as the lister reports it. */
export async function contentDigest(path: string): Promise<string> {
  const hash = createHash('blake2b512');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Writes a RedoxFS that fills an extent.
 *
 * @throws {UserError} if the tree does not fit.
 */
export async function writeRedoxfs(
  tool: string,
  extent: Extent,
  nodes: readonly TreeNode[],
  { uuid, time, signal }: { uuid: string; time: number; signal?: AbortSignal },
): Promise<RedoxfsSummary> {
  const input = nodes
    .flatMap(({ kind, mode, uid, gid, path, source, target }) => [
      LETTER[kind],
      mode.toString(8),
      String(uid),
      String(gid),
      path,
      source ?? target ?? '',
    ])
    .map((field) => `${field}\0`)
    .join('');
  const args = [
    'write',
    extent.disk,
    String(extent.offset),
    String(extent.size),
    uuid.replaceAll('-', ''),
    String(time),
  ];
  const { exitCode, stdout, stderr } = await run(tool, args, { input, signal });
  if (exitCode === NO_SPACE) throw noSpace(extent, nodes, stderr.trim());
  if (exitCode !== 0) throw new UserError(`RedoxFS cannot be written: ${stderr.trim()}`);
  return parseSummary(stdout);
}

function noSpace(extent: Extent, nodes: readonly TreeNode[], said: string): UserError {
  const total = nodes.reduce((sum, node) => sum + (node.size ?? 0), 0);
  return new UserError(
    `the files (${mebibytes(total)}, ${nodes.length} nodes) do not fit into a RedoxFS of ${mebibytes(extent.size)}: ${said}`,
    { advice: ['raise sizeMiB', largestFiles(nodes)] },
  );
}

/** Advice that names what takes the most space. */
export function largestFiles(nodes: readonly TreeNode[]): string {
  const files = nodes.filter((node) => node.kind === 'file').sort((a, b) => b.size! - a.size!);
  const names = files.slice(0, 3).map((node) => `${node.path} (${mebibytes(node.size!)})`);
  return `leave files out or strip them; the largest are ${names.join(', ')}`;
}

/** Bytes as MiB or, below one, KiB, for messages. */
export function mebibytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/**
 * Lists a RedoxFS with the digests of its files. The crate reads each block against its checksum on the way.
 *
 * @throws {UserError} if it cannot be read.
 */
export async function listRedoxfs(
  tool: string,
  extent: Extent,
  signal?: AbortSignal,
): Promise<RedoxfsSummary & { nodes: RedoxfsNode[] }> {
  const args = ['list', extent.disk, String(extent.offset), String(extent.size)];
  const { exitCode, stdout, stderr } = await run(tool, args, { signal });
  if (exitCode !== 0) throw new UserError(`RedoxFS cannot be read: ${stderr.trim()}`);
  const end = stdout.indexOf('\n') + 1;
  const fields = stdout.slice(end).split('\0').slice(0, -1);
  const nodes = Array.from({ length: fields.length / FIELDS }, (_, index) =>
    parseNode(fields.slice(index * FIELDS, (index + 1) * FIELDS)),
  );
  return { ...parseSummary(stdout.slice(0, end)), nodes };
}

function parseSummary(line: string): RedoxfsSummary {
  const [uuid = '', size, used] = line.trim().split(' ');
  return { uuid, size: Number(size), used: Number(used) };
}

function parseNode([letter, mode, uid, gid, path, value]: string[]): RedoxfsNode {
  const base = { path: path!, mode: Number.parseInt(mode!, 8), uid: Number(uid), gid: Number(gid) };
  if (letter === 'd') return { kind: 'folder', ...base };
  if (letter === 'l') return { kind: 'link', ...base, target: value };
  const [size, digest] = value!.split(' ');
  return { kind: 'file', ...base, size: Number(size), digest };
}
