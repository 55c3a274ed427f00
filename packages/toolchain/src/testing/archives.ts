import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export interface Member extends Partial<Header> {
  name: string;
  content?: string | Uint8Array;
}

/** Writes a compressed tar with exactly these members, also such as no honest program makes. */
export async function writeArchive(file: string, kind: 'xz' | 'gz', members: readonly Member[]): Promise<void> {
  const tar = pack();
  for (const { content, ...header } of members) {
    if (header.type && header.type !== 'file') tar.entry(header);
    else tar.entry(header, Buffer.from(content ?? ''));
  }
  tar.finalize();
  const plain = await buffer(tar as AsyncIterable<Uint8Array>);
  const compressed =
    kind === 'gz' ? gzipSync(plain) : execFileSync('xz', ['-c', '-1'], { input: plain, maxBuffer: 1 << 28 });
  writeFileSync(file, compressed);
}
