import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { redact, sha256File, UserError } from '@nx-redox/kit';
import { download as downloadPart, removePart } from '@nx-redox/kit/download';
import { megabytes, type Work } from './progress';

/** The largest file that is brought has 239 MB. */
const LIMITS = { archiveBytes: 2e9, answerMs: 30_000, silenceMs: 30_000 };

/**
 * Downloads a file of known SHA-256. What an interrupted run got is kept as `<path>.part` and continued; `path` appears
 * only when the hash is right.
 *
 * @throws {UserError} if the server does not answer, or the content is another one.
 */
export async function download(url: string, path: string, sha256: string, work: Work): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const progress = work.step('download');
  await downloadPart(url, part, {
    limits: LIMITS,
    signal: work.signal,
    log: (line) => progress.update(line),
    pinned: true,
    onProgress: (got, total) =>
      progress.update(`${megabytes(got)} of ${total === undefined ? 'unknown size' : megabytes(total)}`),
  });
  const got = await sha256File(part);
  if (got !== sha256) {
    await removePart(part);
    throw new UserError(`the content of ${redact(url)} is not what it should be: SHA-256 ${got}, expected ${sha256}`, {
      advice: 'run the same command again; if it stays so, the server has another file under that name',
    });
  }
  await rename(part, path);
  await removePart(part);
  progress.done(`${megabytes((await stat(path)).size)}, SHA-256 as expected`);
}
