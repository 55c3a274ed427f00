import { createReadStream } from 'node:fs';
import { blake3 } from '@noble/hashes/blake3';
import { bytesToHex } from '@noble/hashes/utils';

/** BLAKE3 (256 bit) of bytes or of a string's UTF-8, in lower-case hex. */
export function blake3Hex(data: Uint8Array | string): string {
  return bytesToHex(blake3(data));
}

/** BLAKE3 (256 bit) of a file's content, read in pieces. */
export async function blake3File(path: string): Promise<string> {
  const hash = blake3.create({});
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Uint8Array);
  }
  return bytesToHex(hash.digest());
}
