import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { UserError } from '@nx-redox/kit';
import { megabytes, type Work } from './work';

/** How long a server may stay silent, in milliseconds. */
const SILENCE_MS = 30_000;

/** SHA-256 of a file's content in lower-case hex. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

/** The reason of a failed request; fetch hides it in `cause`. */
export function requestError(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

/**
 * Downloads a file of known SHA-256. What an interrupted run got is kept as `<path>.part` and continued
 * with an HTTP range request; `path` appears only when the hash is right.
 *
 * @throws {UserError} if the server does not answer, or the content is another one.
 */
export async function download(url: string, path: string, sha256: string, work: Work): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const progress = work.step('download');

  let start = await sizeOf(part);
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no answer for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  const signal = work.signal ? AbortSignal.any([work.signal, silence.signal]) : silence.signal;
  try {
    const response = await fetch(url, { signal, headers: start > 0 ? { range: `bytes=${start}-` } : {} });
    // 416: the part is already as long as the file, or longer; its hash decides.
    if (response.status !== 416) {
      if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
      // A server without ranges sends everything again.
      if (response.status !== 206) start = 0;
      const length = Number(response.headers.get('content-length') ?? NaN);
      const total = Number.isNaN(length) ? 'unknown size' : megabytes(start + length);
      let got = start;
      const counter = new Transform({
        transform(chunk: Buffer, _encoding, callback) {
          got += chunk.length;
          timer.refresh();
          progress.update(`${megabytes(got)} of ${total}`);
          callback(null, chunk);
        },
      });
      const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
      await pipeline(body, counter, createWriteStream(part, { flags: start > 0 ? 'a' : 'w' }), { signal });
    }
  } catch (error) {
    work.signal?.throwIfAborted();
    throw new UserError(
      `cannot download ${url}: ${requestError(silence.signal.aborted ? silence.signal.reason : error)}`,
    );
  } finally {
    clearTimeout(timer);
  }

  const got = await sha256File(part);
  if (got !== sha256) {
    await rm(part, { force: true });
    throw new UserError(`the content of ${url} is not what it should be: SHA-256 ${got}, expected ${sha256}`, {
      advice: 'run the same command again; if it stays so, the server has another file under that name',
    });
  }
  await rename(part, path);
  progress.done(`${megabytes(await sizeOf(path))}, SHA-256 as expected`);
}
