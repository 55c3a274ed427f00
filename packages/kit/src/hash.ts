import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { blake3 } from '@noble/hashes/blake3';
import { bytesToHex } from '@noble/hashes/utils';

/** BLAKE3 (256 bit) of bytes or of a string's UTF-8, in lower-case hex. */
export function blake3Hex(data: Uint8Array | string): string {
  return bytesToHex(blake3(data));
}

/** Feeds a file's content to a hash, in pieces. */
async function feed(path: string, hash: { update(chunk: Uint8Array): unknown }): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
}

/** BLAKE3 (256 bit) of a file's content, in lower-case hex. */
export async function blake3File(path: string): Promise<string> {
  const hash = blake3.create({});
  await feed(path, hash);
  return bytesToHex(hash.digest());
}

/** BLAKE2b (512 bit) of a file's content, in lower-case hex: Node has it in native code, for large files. */
export async function blake2bFile(path: string): Promise<string> {
  const hash = createHash('blake2b512');
  await feed(path, hash);
  return hash.digest('hex');
}
