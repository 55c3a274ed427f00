import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { type Duplex, pipeline, type Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { findProgram } from '../find-program';
import { UserError } from '../user-error';
import { isTarHeader } from './tar';

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

async function openArchive(path: string): Promise<FileHandle> {
  return open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read the archive (${error.code ?? error.message})`, { file: path });
  });
}

function formatOf(block: Buffer, path: string): Format | undefined {
  const format = FORMATS.find(({ magic }) => block.subarray(0, magic.length).equals(Buffer.from(magic)));
  if (format !== undefined) return format;
  // Uncompressed, perhaps empty.
  if (block.length === 512 && (isTarHeader(block) || block.every((byte) => byte === 0))) return undefined;
  const start = block.toString('utf8', 0, 60).trimStart();
  const isPage = /^<(!doctype|html|\?xml)/i.test(start);
  throw new UserError(
    isPage ? 'this is a web page, not an archive' : 'this is no tar archive (plain, gz, xz, bz2, zst or lz)',
    { file: path, advice: isPage ? 'the server answered with a page: look at the URL in a browser' : undefined },
  );
}

async function programFor(format: Format, env: NodeJS.ProcessEnv, origin: string): Promise<readonly string[]> {
  for (const argv of format.programs) {
    const program = await findProgram(argv[0]!, env);
    if (program !== undefined) return [program, ...argv.slice(1)];
  }
  throw new UserError(
    `${origin}: to unpack ${format.name} the program ${format.programs[0]![0]} is needed, which is not on PATH`,
    { advice: format.advice },
  );
}

export interface DecodeOptions {
  /** What the archive is, for messages. */
  origin: string;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
  /** Told of each chunk of the archive that was read, or of its unpacked bytes where a program reads it. */
  onRead?: (bytes: number) => void;
}

/**
 * Reads an archive and gives its unpacked bytes to `use`.
 * @throws what `use` throws; if the decoder fails, its reason.
 */
export async function withDecoded(
  path: string,
  options: DecodeOptions,
  use: (plain: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const { origin, signal, env = process.env, onRead } = options;
  const file = await openArchive(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const format = formatOf(buffer.subarray(0, bytesRead), path);
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        onRead?.(chunk.length);
        callback(null, chunk);
      },
    });
    // Errors come out of the last stream, where somebody listens.
    const chain = (...streams: [Readable, ...Duplex[]]) => {
      const output = streams.at(-1) as Readable;
      if (streams.length > 1) pipeline(streams, () => undefined);
      return output;
    };
    const input = () => createReadStream(path, { signal });
    if (format === undefined) return await use(chain(input(), counter));
    if (format.stream !== undefined) return await use(chain(input(), counter, format.stream()));

    const [program = '', ...args] = await programFor(format, env, origin);
    // The program reads the file itself, from its start: nothing was read through the shared position.
    const child = spawn(program, args, { stdio: [file.fd, 'pipe', 'pipe'], env, signal, killSignal: 'SIGKILL' });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2000)));
    const done = new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, ended) =>
        resolve(
          code === 0 || ended !== null
            ? undefined
            : stderr.trim().replace(/^\S+: \(stdin\): /, '') || `${format.name} ended with ${code}`,
        ),
      );
    });
    const failure = await use(chain(child.stdout!, counter)).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    child.stdout!.destroy();
    const reason = await done;
    signal?.throwIfAborted();
    if (failure?.error instanceof UserError) throw failure.error;
    // A stream that ends before its time only follows from the decoder's own trouble; a broken pipe follows from ours.
    if (reason !== undefined && !/EPIPE|broken pipe/i.test(reason)) throw new Error(reason);
    if (failure !== undefined) throw failure.error;
  } finally {
    await file.close();
  }
}
