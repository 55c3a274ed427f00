import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, posix } from 'node:path';
import { PassThrough, Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '@nx-redox/kit';
import { extract } from 'tar-stream';
import { megabytes, type Work } from './work';

export interface UnpackOptions {
  /** Leading path components to drop; members with fewer are skipped. */
  strip?: number;
  /** Which members to write, by their path after `strip`. */
  only?: (path: string) => boolean;
  /** Upper bound of the unpacked size in bytes, against archives made to fill a disk. */
  maxBytes?: number;
}

const MAX_BYTES = 8e9;
const XZ_ADVICE = 'install xz (Debian: apt-get install xz-utils; Fedora: dnf install xz; macOS: brew install xz)';

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the archive: ${error.code ?? error.message}`, { file: path });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Starts `xz -dc`; the stream fails when xz does. */
function xzDecoder(signal?: AbortSignal): { input: NodeJS.WritableStream; output: Readable; done: Promise<void> } {
  const child = spawn('xz', ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new UserError('cannot run xz: not found', { advice: XZ_ADVICE }) : error),
    );
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(stderr.trim().replace(/^xz: \(stdin\): /, '') || `xz ended with ${code}`)),
    );
  });
  return { input: child.stdin, output: child.stdout, done };
}

/** A member's path below the destination, or undefined if it is to be skipped. Throws if it would leave it. */
function safePath(name: string, strip: number): string | undefined {
  const path = posix.normalize(name.replace(/^(\.\/)+/, ''));
  if (isAbsolute(name) || name.includes('\0') || path === '..' || path.startsWith('../')) {
    throw new Error(`member "${name}" would be written outside the folder`);
  }
  const kept = path.split('/').filter(Boolean).slice(strip).join('/');
  return kept === '' || kept === '.' ? undefined : kept;
}

/**
 * Unpacks a .tar.xz or .tar.gz into the folder `destination`, which must be new or empty.
 * Members and the targets of symbolic links stay inside it; only files, folders and symbolic links are written.
 *
 * @throws {UserError} if the file is no such archive, is cut off or damaged, or names a path outside.
 */
export async function unpackTar(
  archive: string,
  destination: string,
  work: Work,
  options: UnpackOptions = {},
): Promise<void> {
  const { strip = 0, only = () => true, maxBytes = MAX_BYTES } = options;
  const magic = await firstBytes(archive);
  const isXz = magic.equals(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]));
  if (!isXz && !(magic[0] === 0x1f && magic[1] === 0x8b)) {
    throw new UserError('this is neither a .tar.xz nor a .tar.gz archive', { file: archive });
  }

  const total = (await stat(archive)).size;
  const progress = work.step('unpack');
  let read = 0;
  let written = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      read += chunk.length;
      progress.update(`${megabytes(read)} of ${megabytes(total)}`);
      callback(null, chunk);
    },
  });

  const tar = extract();
  const links = new Set<string>();
  const writeMembers = async () => {
    for await (const entry of tar) {
      const { name, type, size = 0, mode = 0o644, linkname } = entry.header;
      const path = safePath(name, strip);
      if (path === undefined || !only(path)) {
        entry.resume();
        continue;
      }
      for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
        if (links.has(parent)) throw new Error(`member "${name}" would be written through a symbolic link`);
      }
      const target = join(destination, path);
      if (type === 'directory') {
        await mkdir(target, { recursive: true });
      } else if (type === 'symlink') {
        const pointed = normalize(join(posix.dirname(path), linkname ?? ''));
        if (!linkname || isAbsolute(linkname) || pointed.startsWith('..')) {
          throw new Error(`link "${name}" points outside the folder, to "${linkname}"`);
        }
        await mkdir(dirname(target), { recursive: true });
        await symlink(linkname, target);
        links.add(path);
      } else if (type === 'file' || type === 'contiguous-file') {
        written += size;
        if (written > maxBytes) throw new Error(`it holds more than ${megabytes(maxBytes)}`);
        await mkdir(dirname(target), { recursive: true });
        const file = await open(target, 'wx', mode & 0o111 ? 0o755 : 0o644);
        try {
          for await (const chunk of entry) await file.write(chunk as Buffer);
        } finally {
          await file.close();
        }
        continue;
      } else {
        throw new Error(`member "${name}" is a ${type}, which is not allowed here`);
      }
      entry.resume();
    }
  };

  // The first failure stops all the others: a decoder that nobody reads from, or a reader that gets no more, would wait.
  const stopped = new AbortController();
  const signal = work.signal ? AbortSignal.any([work.signal, stopped.signal]) : stopped.signal;
  signal.addEventListener('abort', () => tar.destroy(new Error('aborted')), { once: true });
  // When nobody reads its members any more, its error has no other listener.
  tar.on('error', () => undefined);
  // Not by Node's `pipeline`: it does not notice when a stream of tar-stream's kind ends before its time.
  const feed = async (plain: Readable) => {
    for await (const chunk of plain) {
      if (!tar.write(chunk)) await once(tar, 'drain', { signal });
    }
    tar.end(null);
  };
  const failures: Error[] = [];
  const guarded = (step: Promise<unknown>) =>
    step.catch((error: Error) => {
      failures.push(error);
      stopped.abort();
    });

  try {
    const source = createReadStream(archive);
    const steps: Promise<unknown>[] = [];
    let plain: Readable;
    if (isXz) {
      const xz = xzDecoder(signal);
      steps.push(pipeline(source, counter, xz.input, { signal }), xz.done);
      plain = xz.output;
    } else {
      plain = new PassThrough();
      steps.push(pipeline(source, counter, createGunzip(), plain as PassThrough, { signal }));
    }
    await Promise.all([...steps, feed(plain), writeMembers()].map(guarded));
    work.signal?.throwIfAborted();
    // A broken pipe or a closed stream only follows from the failure that matters.
    const cause =
      failures.find((error) => !/EPIPE|premature close|aborted/i.test(String(error.message))) ?? failures[0];
    if (cause) throw cause;
    progress.done(`${megabytes(total)} to ${megabytes(written)}`);
  } catch (error) {
    work.signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    const text = (error as Error).message;
    const cutOff = /unexpected end/i.test(text);
    throw new UserError(cutOff ? `the archive is cut off (${text})` : `the archive cannot be unpacked: ${text}`, {
      file: archive,
      advice: cutOff ? 'fetch it again: the copy did not end where it should' : undefined,
      cause: error,
    });
  }
}
