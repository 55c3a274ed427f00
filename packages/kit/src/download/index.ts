import { createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFileWhole } from '../files';
import { redact } from '../redact';
import { explainSystemError, UserError } from '../user-error';

/** Bounds against servers that do not answer, or send what fills a disk. */
export interface DownloadLimits {
  /** Bytes of one file. */
  archiveBytes: number;
  /** How long a server may take for its first answer, in milliseconds. */
  answerMs: number;
  /** How long it may then be silent, in milliseconds. */
  silenceMs: number;
}

export interface DownloadOptions {
  limits: DownloadLimits;
  signal?: AbortSignal;
  /** Shows a line to the user. */
  log: (line: string) => void;
  /** Whoever calls knows the hash: what an earlier run left is continued even if the server gives no proof. */
  pinned: boolean;
  /** Ways out of a server that cannot be reached. */
  advice?: readonly string[];
  /** Told how many bytes are there, and how many there will be, as far as the server says. */
  onProgress?: (got: number, total: number | undefined) => void;
}

/** What a server said of a file, kept beside what came of it, so that two versions are never put together. */
interface Validators {
  etag?: string;
  lastModified?: string;
}

const MAX_REDIRECTS = 10;
/** Connections that brought nothing at all, one after the other. */
const MAX_IDLE_ATTEMPTS = 2;
const MAX_ATTEMPTS = 100;

class Unreachable extends Error {}

/**
 * Brings a URL into the file `part`, and goes on after cut connections and from what an earlier run left there. Beside
 * it `<part>.json` keeps what the server said of the file; {@link removePart} removes both.
 *
 * @throws {UserError} if it cannot be had. What came so far stays for the next run, except on a full disk.
 */
export async function download(address: string, part: string, options: DownloadOptions): Promise<void> {
  const { log, signal, pinned } = options;
  // Without a hash nothing says that the rest still belongs to the beginning, unless the server does.
  if (!pinned && validatorOf(await readValidators(part)) === undefined) await rm(part, { force: true });
  log(`downloading ${redact(address)}`);
  for (let attempt = 0, idle = 0; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await downloadOnce(options, address, part, before);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const system = explainSystemError(error);
      if (system !== undefined) {
        // Nothing half-written stays on a full disk.
        await removePart(part).catch(() => undefined);
        throw system;
      }
      const got = await sizeOf(part);
      idle = got > before ? 0 : idle + 1;
      const final = error instanceof Unreachable || error instanceof UserError;
      if (!final && idle < MAX_IDLE_ATTEMPTS && attempt < MAX_ATTEMPTS) {
        log(`the connection broke (${reason(error)}); going on at ${(got / 1e6).toFixed(1)} MB`);
        continue;
      }
      if (error instanceof UserError) throw error;
      throw new UserError(`cannot download ${redact(address)}: ${redact(reason(error))}`, {
        cause: error,
        advice: [...(got > 0 ? ['what came so far is kept: run it again to go on'] : []), ...(options.advice ?? [])],
      });
    }
  }
}

/** Removes what {@link download} wrote. */
export async function removePart(part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(`${part}.json`, { force: true })]);
}

function reason(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: Error[] };
  return message || errors?.[0]?.message || code || String(error);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function readValidators(part: string): Promise<Validators | undefined> {
  return readFile(`${part}.json`, 'utf8').then(
    (text) => {
      try {
        return JSON.parse(text) as Validators;
      } catch {
        return undefined;
      }
    },
    () => undefined,
  );
}

function validatorOf(known: Validators | undefined): string | undefined {
  return known?.etag ?? known?.lastModified;
}

/** One connection; without an error the file is there to its end. */
async function downloadOnce(options: DownloadOptions, address: string, part: string, start: number): Promise<void> {
  const known = await readValidators(part);
  const validator = validatorOf(known);
  const response = await request(options, address, {
    ...(start > 0 ? { range: `bytes=${start}-`, ...(validator === undefined ? {} : { 'if-range': validator }) } : {}),
  });
  try {
    const { statusCode = 0, headers } = response;
    if (statusCode === 416) {
      // The part is as long as the file, or of another one; its total length tells.
      const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
      if (total !== undefined && Number(total) === start) return;
      await rm(part, { force: true });
      throw new Error('the server has another part of the file than was asked for');
    }
    if (statusCode !== 200 && statusCode !== 206) {
      throw new Unreachable(`the server answers ${statusCode} ${response.statusMessage ?? ''}`.trim());
    }
    // A server without ranges sends everything again; one that sends another range is not understood.
    const from = statusCode === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? NaN) : 0;
    if (from !== 0 && from !== start) {
      await rm(part, { force: true });
      throw new Error('the server has another part of the file than was asked for');
    }
    const etag = headers.etag;
    await writeFileWhole(
      `${part}.json`,
      JSON.stringify({
        // A weak one does not promise equal bytes.
        ...(etag === undefined || etag.startsWith('W/') ? {} : { etag }),
        ...(headers['last-modified'] === undefined ? {} : { lastModified: headers['last-modified'] }),
      } satisfies Validators),
    );
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    const { archiveBytes } = options.limits;
    let got = from;
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        got += chunk.length;
        options.onProgress?.(got, length === undefined ? undefined : from + length);
        callback(got > archiveBytes ? tooLarge(address, archiveBytes) : null, chunk);
      },
    });
    if (length !== undefined && from + length > archiveBytes) throw tooLarge(address, archiveBytes);
    await pipeline(response, limit, createWriteStream(part, { flags: from > 0 ? 'a' : 'w' }), {
      signal: options.signal,
    });
    if (length !== undefined && got !== from + length) throw new Error(`${got} of ${from + length} bytes came`);
  } finally {
    response.destroy();
  }
}

function tooLarge(address: string, bytes: number): UserError {
  return new UserError(`${redact(address)} is larger than ${(bytes / 1e9).toFixed(1)} GB`);
}

/** A GET request that follows redirects. Bytes come as they are: no encoding is asked for or undone. */
async function request(
  options: DownloadOptions,
  address: string,
  headers: http.OutgoingHttpHeaders,
): Promise<http.IncomingMessage> {
  const first = parseAddress(address);
  let login = loginOf(first);
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(options, url, {
      'user-agent': 'nx-redox',
      'accept-encoding': 'identity',
      ...headers,
      ...(login === undefined ? {} : { authorization: login }),
    });
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return response;
    response.destroy();
    const next = parseAddress(location, url);
    // A login is for the server that it was written for.
    login = loginOf(next) ?? (next.host === url.host && next.protocol === url.protocol ? login : undefined);
    url = next;
  }
  throw new Unreachable(`more than ${MAX_REDIRECTS} redirects`);
}

function parseAddress(address: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    throw new Unreachable(`${JSON.stringify(redact(address))} is no valid URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Unreachable(`${url.protocol.slice(0, -1)} is not supported; http, https, file: URLs and paths are`);
  }
  return url;
}

function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function get(options: DownloadOptions, url: URL, headers: http.OutgoingHttpHeaders): Promise<http.IncomingMessage> {
  const { answerMs, silenceMs } = options.limits;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return new Promise((resolve, reject) => {
    const outgoing = (plain.protocol === 'https:' ? https : http).get(plain, {
      headers,
      signal: options.signal,
      agent: false,
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Unreachable(`no answer from ${plain.host} for ${answerMs / 1000} s`)),
      answerMs,
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.on('response', (response) => {
      clearTimeout(timer);
      response.setTimeout(silenceMs, () => response.destroy(new Error(`no data for ${silenceMs / 1000} s`)));
      resolve(response);
    });
  });
}
