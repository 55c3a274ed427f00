import { spawn } from 'node:child_process';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, copyFile, lstat, mkdir, open, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join, posix } from 'node:path';
import { Transform, type Duplex, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { UserError } from '@nx-redox/kit';
import { extract, type Header } from 'tar-stream';
import { linkToOutside, outsideLinkError, tooLarge, tooMany, unsafePath } from './inside';
import type { SourceTask } from './task';

interface Format {
  name: string;
  /** First bytes of a file of this kind. */
  magic: readonly number[];
  /** Decoder in this process. */
  stream?: () => Duplex;
  /** Programs that can unpack it, first choice first. */
  programs: readonly (readonly string[])[];
  advice?: string;
}

const bytes = (text: string) => [...Buffer.from(text, 'latin1')];
const install = (name: string, debian: string) => `install ${name} (Debian: apt-get install ${debian})`;
// Node has zstd since 22.15; its types came later.
const createZstd = (zlib as unknown as { createZstdDecompress?: () => Duplex }).createZstdDecompress;

/** By their first bytes: names of archives say too little and too often the wrong thing. */
const FORMATS: readonly Format[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], stream: () => zlib.createGunzip(), programs: [] },
  {
    name: 'xz',
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
    programs: [['xz', '-dc']],
    advice: install('xz', 'xz-utils'),
  },
  { name: 'bzip2', magic: bytes('BZh'), programs: [['bzip2', '-dc']], advice: install('bzip2', 'bzip2') },
  {
    name: 'zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    stream: createZstd,
    programs: [['zstd', '-dc']],
    advice: `${install('zstd', 'zstd')}, or use Node 22.15 or newer`,
  },
  {
    name: 'lzip',
    magic: bytes('LZIP'),
    programs: [
      ['lzip', '-dc'],
      ['plzip', '-dc'],
      ['xz', '--format=lzip', '-dc'],
    ],
    advice: `${install('lzip', 'lzip')}; xz 5.4 or newer can do it too`,
  },
];

/** What an entry may take besides its content: header, long name, padding. */
const ENTRY_BYTES = 2048;

async function onPath(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** Starts a decoder; the stream fails when the program does, and `done` says why. */
function decodeBy(argv: readonly string[], file: number, task: SourceTask): { output: Readable; done: Promise<void> } {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: [file, 'pipe', 'pipe'],
    env: { ...process.env, ...task.env },
    signal: task.signal,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2000)));
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(stderr.trim().replace(/^\w+: \(stdin\): /, '') || `${program} ended with ${code}`)),
    );
  });
  return { output: child.stdout!, done };
}

async function firstBlock(path: string): Promise<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the archive (${error.code ?? error.message})`, { file: path });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function formatOf(block: Buffer, path: string): Format | undefined {
  const format = FORMATS.find(({ magic }) => block.subarray(0, magic.length).equals(Buffer.from(magic)));
  if (format !== undefined) return format;
  // An uncompressed tar: its mark, or the header's checksum as octal digits in old ones.
  if (block.length === 512 && (block.toString('latin1', 257, 262) === 'ustar' || isOldTarHeader(block)))
    return undefined;
  const start = block.toString('utf8', 0, 60).trimStart();
  const isPage = /^<(!doctype|html|\?xml)/i.test(start);
  throw new UserError(
    isPage ? 'this is a web page, not an archive' : 'this is no tar archive (plain, gz, xz, bz2, zst or lz)',
    { file: path, advice: isPage ? 'the server answered with a page: look at the URL in a browser' : undefined },
  );
}

function isOldTarHeader(block: Buffer): boolean {
  let sum = 0;
  for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 32 : block[at]!;
  return parseInt(block.toString('latin1', 148, 156).trim(), 8) === sum;
}

/**
 * Unpacks a tar archive into the new or empty folder `destination`, without the first part of each path, as the
 * cookbook does. Symbolic links are made last, so nothing is ever written through one; files get the present time.
 *
 * @param origin what the archive is, for messages.
 * @throws {UserError} if it is no archive, damaged, too large, or holds anything that leaves the folder.
 */
export async function unpackArchive(
  task: SourceTask,
  archive: string,
  destination: string,
  origin: string,
): Promise<void> {
  const format = formatOf(await firstBlock(archive), archive);
  const file = await open(archive);
  try {
    const writer = new TreeWriter(task, destination, origin);
    const tar = extract();
    tar.on('entry', (header, stream, next) => {
      // It fails with the archive, which says so itself; without a listener that would end the process.
      stream.on('error', () => undefined);
      writer.add(header, stream as unknown as Readable).then(
        () => {
          stream.resume();
          next();
        },
        (error: unknown) => tar.destroy(error as Error),
      );
    });
    // Headers and padding count too, but less than what they could describe.
    const { treeBytes, entries } = task.limits;
    let unpacked = 0;
    const guard = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        unpacked += chunk.length;
        callback(unpacked > treeBytes + entries * ENTRY_BYTES ? tooLarge(origin, task.limits) : null, chunk);
      },
    });

    const steps: Promise<unknown>[] = [];
    const input = () => createReadStream(archive, { signal: task.signal });
    if (format === undefined) {
      steps.push(pipeline(input(), guard, tar));
    } else if (format.stream !== undefined) {
      steps.push(pipeline(input(), format.stream(), guard, tar));
    } else {
      const decoder = decodeBy(await programFor(format, task, origin), file.fd, task);
      steps.push(decoder.done, pipeline(decoder.output, guard, tar));
    }
    const results = await Promise.allSettled(steps);
    task.signal?.throwIfAborted();
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    // A broken pipe or a closed stream only follows from the failure that matters.
    const cause =
      failures.find((error) => error instanceof UserError) ??
      failures.find((error) => !/EPIPE|premature close|aborted|ended with null/i.test(error.message)) ??
      failures[0];
    if (cause instanceof UserError) throw cause;
    if (cause !== undefined) {
      throw new UserError(`${origin}: the archive is cut off or damaged: ${cause.message}`, { file: archive, cause });
    }
    await writer.finish();
  } finally {
    await file.close();
  }
}

async function programFor(format: Format, task: SourceTask, origin: string): Promise<readonly string[]> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...task.env };
  for (const argv of format.programs) {
    if (await onPath(argv[0]!, env)) return argv;
  }
  throw new UserError(
    `${origin}: to unpack ${format.name} the program ${format.programs[0]![0]} is needed, which is not on PATH`,
    {
      advice: format.advice,
    },
  );
}

/** Writes the members of an archive, and refuses what does not stay inside. */
class TreeWriter {
  readonly #links = new Map<string, string>();
  #entries = 0;
  #bytes = 0;

  constructor(
    readonly task: SourceTask,
    readonly root: string,
    readonly origin: string,
  ) {}

  async add(header: Header, content: Readable): Promise<void> {
    const { name, linkname } = header;
    const type = header.type as string | null;
    const { limits } = this.task;
    if (++this.#entries > limits.entries) throw tooMany(this.origin, limits);
    const path = this.#pathOf(name);
    // Members above the first folder are dropped, as tar --strip-components=1 does, but not before they were looked at.
    if (type === 'symlink') {
      if (path !== undefined) await this.#link(path, name, linkname ?? '');
    } else if (type === 'directory') {
      await mkdir(path === undefined ? this.root : await this.#place(path, name), { recursive: true });
    } else if (type === 'file' || type === 'contiguous-file') {
      this.#bytes += header.size;
      if (this.#bytes > limits.treeBytes) throw tooLarge(this.origin, limits);
      if (path === undefined) return;
      const target = await this.#placeFile(path, name);
      await pipeline(content, createWriteStream(target, { flags: 'wx', mode: header.mode & 0o111 ? 0o755 : 0o644 }));
    } else if (type === 'link') {
      await this.#hardLink(path, name, linkname ?? '');
    } else {
      throw this.#refuse(
        name,
        `is a ${type?.replaceAll('-', ' ') ?? 'thing of an unknown type'}, which no source needs`,
      );
    }
  }

  /** Makes the symbolic links, once all of them are known. */
  async finish(): Promise<void> {
    const outside = linkToOutside(this.#links);
    if (outside !== undefined) throw outsideLinkError(outside, this.origin);
    for (const [path, target] of this.#links) await symlink(target, join(this.root, path));
    if (this.#entries === 0) throw new UserError(`${this.origin}: the archive is empty`);
  }

  #refuse(name: string, why: string): UserError {
    return new UserError(`${this.origin}: the member ${JSON.stringify(name)} ${why}`, {
      advice: 'nothing of the archive was taken',
    });
  }

  /** Path below the first folder; undefined for what is not below one, and for git's own files. */
  #pathOf(name: string): string | undefined {
    const unsafe = unsafePath(name);
    if (unsafe !== undefined) throw this.#refuse(name, unsafe);
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    // A repository in an archive could bring configuration that runs programs.
    if (parts.some((part) => part.toLowerCase() === '.git')) return undefined;
    return parts.length < 2 ? undefined : parts.slice(1).join('/');
  }

  /** Path on disk of a member whose parents are made and are no links. */
  async #place(path: string, name: string): Promise<string> {
    for (let parent = path; parent !== '.'; parent = posix.dirname(parent)) {
      if (this.#links.has(parent) && parent !== path)
        throw this.#refuse(name, `would be written through the link ${parent}`);
    }
    this.#links.delete(path);
    const target = join(this.root, path);
    await mkdir(dirname(target), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw this.#refuse(name, `cannot be written: a part of its path is a file (${error.code})`);
    });
    return target;
  }

  /** As #place; a file of the same name that came before makes way, as with tar. */
  async #placeFile(path: string, name: string): Promise<string> {
    const target = await this.#place(path, name);
    const before = await lstat(target).catch(() => undefined);
    if (before?.isDirectory()) throw this.#refuse(name, 'is a file, but was a folder before');
    if (before !== undefined) await rm(target);
    return target;
  }

  async #link(path: string, name: string, target: string): Promise<void> {
    if (target === '' || target.startsWith('/') || target.includes('\0')) {
      throw outsideLinkError({ path, target }, this.origin);
    }
    await this.#placeFile(path, name);
    this.#links.set(path, target);
  }

  /** A hard link becomes a copy: two names of one file would let a patch of one change the other. */
  async #hardLink(path: string | undefined, name: string, linkname: string): Promise<void> {
    const unsafe = unsafePath(linkname);
    if (unsafe !== undefined)
      throw this.#refuse(name, `is a hard link to ${JSON.stringify(linkname)}, which ${unsafe}`);
    const from = this.#pathOf(linkname);
    if (path === undefined || path === from) return;
    const isLink = from !== undefined && this.#links.get(from);
    if (isLink) {
      await this.#link(path, name, isLink);
      return;
    }
    const source = from === undefined ? undefined : await this.#place(from, name);
    const found = source === undefined ? undefined : await lstat(source).catch(() => undefined);
    if (source === undefined || !found?.isFile()) {
      throw this.#refuse(name, `is a hard link to ${JSON.stringify(linkname)}, which is no file of the archive`);
    }
    this.#bytes += found.size;
    if (this.#bytes > this.task.limits.treeBytes) throw tooLarge(this.origin, this.task.limits);
    await copyFile(source, await this.#placeFile(path, name));
  }
}
