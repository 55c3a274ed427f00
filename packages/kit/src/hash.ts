import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { blake3 } from '@noble/hashes/blake3';
import { bytesToHex } from '@noble/hashes/utils';
import { createBLAKE3, blake3 as blake3Wasm, type IHasher } from 'hash-wasm';

/** BLAKE3 (256 bit) of a text's UTF-8, in lower-case hex, at once: for keys and names. */
export function blake3Hex(text: string): string {
  return bytesToHex(blake3(text));
}

/** BLAKE3 (256 bit) of bytes, in lower-case hex; by WebAssembly, ten times as fast as {@link blake3Hex}. */
export async function blake3Bytes(bytes: Uint8Array): Promise<string> {
  return blake3Wasm(bytes);
}

/** Bytes of a file that are in memory at a time. */
const PIECE = 1 << 20;
/** After so many milliseconds this process looks at what else has happened: somebody may have stopped it. */
const AT_A_TIME = 20;
let looked = 0;

async function lookUp(): Promise<void> {
  if (performance.now() - looked < AT_A_TIME) return;
  await setImmediate();
  looked = performance.now();
}

/** What takes a file's content. */
export interface Feedable {
  update(chunk: Uint8Array): unknown;
}

/**
 * Feeds a file's content to hashes, in pieces. They share one buffer: megabytes that are left behind make the collector of garbage
 * run, which takes longer than hashing them. Nearly all files that are hashed were just written or read: to wait for a
 * thread that copies each piece from memory would take as long again.
 *
 * @returns the file's size in bytes.
 */
export async function feedFile(path: string, ...hashes: readonly Feedable[]): Promise<number> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, fstatSync(file).size + 1));
    for (let size = 0; ; await lookUp()) {
      const bytesRead = readSync(file, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return size;
      for (const hash of hashes) hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    closeSync(file);
  }
}

/** Each has compiled its WebAssembly. */
const idle: IHasher[] = [];

/**
 * BLAKE3 (256 bit) of a file's content, in lower-case hex.
 *
 * @param others get the content, too.
 */
export async function blake3File(path: string, ...others: readonly Feedable[]): Promise<string> {
  const hash = (idle.pop() ?? (await createBLAKE3())).init();
  await feedFile(path, hash, ...others);
  const digest = hash.digest('hex');
  idle.push(hash);
  return digest;
}

/**
 * SHA-256 of a file's content, in lower-case hex, for large files: Node has it in native code, by the processor's own
 * instructions.
 *
 * @param others get the content, too.
 */
export async function sha256File(path: string, ...others: readonly Feedable[]): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, hash, ...others);
  return hash.digest('hex');
}
