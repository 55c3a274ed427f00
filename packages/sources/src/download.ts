import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isAbsolute, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { blake3File, redact, UserError, writeFileWhole } from '@nx-redox/kit';
import { mirroredUrl, waysOut } from './git';
import { withLock } from './own-lock';
import { storeKey } from './store';
import type { SourceTask } from './task';

/** An archive on this machine. */
export interface Archive {
  path: string;
  blake3: string;
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

/** Where a `tar` key points if it is a file of this machine; a plain path is relative to the recipe. */
export function localArchive(url: string, recipeDir: string): string | undefined {
  if (/^file:/i.test(url)) {
    try {
      return fileURLToPath(url);
    } catch {
      throw new UserError(`${JSON.stringify(url)} is no valid file URL`, {
        advice: 'file:///absolute/path, or a path without file:',
      });
    }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return undefined;
  return isAbsolute(url) ? url : resolve(recipeDir, url);
}

/**
 * Finds or downloads an archive.
 *
 * @param expected its BLAKE3, if it is known; without it the server is asked for what it has now.
 * @throws {UserError} if it cannot be had, or has another hash; nothing is kept then that could be taken for it.
 */
export async function findArchive(
  task: SourceTask,
  url: string,
  recipeDir: string,
  expected: string | undefined,
): Promise<Archive> {
  const local = localArchive(url, recipeDir);
  if (local !== undefined) return localFile(local, url, expected);
  const stored = (hash: string) => join(task.store.archives, `${hash}.tar`);
  if (expected !== undefined && (await isWhole(stored(expected), expected)))
    return { path: stored(expected), blake3: expected };

  const base = join(task.store.archives, storeKey(url));
  return withLock(`${base}.lock`, { signal: task.signal, waiting: task.log }, async () => {
    // Another task may have brought it while this one waited.
    if (expected !== undefined && (await isWhole(stored(expected), expected)))
      return { path: stored(expected), blake3: expected };
    if (task.offline) {
      throw new UserError(`offline: ${redact(url)} was not fetched before`, {
        advice: 'run the task once with a network; what it fetches is kept for all workspaces of this user',
      });
    }
    const part = `${base}.part`;
    await download(task, url, part, expected === undefined);
    const hash = await blake3File(part);
    if (expected !== undefined && hash !== expected) {
      await rm(part, { force: true });
      throw wrongHash(url, hash, expected);
    }
    await rename(part, stored(hash));
    await rm(`${part}.json`, { force: true });
    return { path: stored(hash), blake3: hash };
  });
}

async function localFile(path: string, url: string, expected: string | undefined): Promise<Archive> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    throw new UserError(`the archive ${url} ${found === undefined ? 'does not exist' : 'is not a file'}`, {
      advice: 'a path in [source] tar is relative to the folder of the recipe',
    });
  }
  const hash = await blake3File(path);
  if (expected !== undefined && hash !== expected) throw wrongHash(url, hash, expected);
  return { path, blake3: hash };
}

async function isWhole(path: string, expected: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false;
  if ((await blake3File(path)) === expected) return true;
  await rm(path, { force: true });
  return false;
}

function wrongHash(url: string, hash: string, expected: string): UserError {
  return new UserError(`the content of ${redact(url)} is not what it should be: BLAKE3 ${hash}, expected ${expected}`, {
    advice: [
      'if the server has another file under that name now: look what changed, then write the new hash to recipe.toml and run update-lock',
      'if it should be the old one, name a place that still has it',
    ],
  });
}

class Unreachable extends Error {}

/** Brings a URL into `part`, and goes on after cut connections and from what an earlier run left there. */
async function download(task: SourceTask, url: string, part: string, fresh: boolean): Promise<void> {
  const address = await mirroredUrl(task, url);
  // Without a hash nothing says that the rest still belongs to the beginning, unless the server does.
  if (fresh && validatorOf(await readValidators(part)) === undefined) await rm(part, { force: true });
  task.log(`downloading ${redact(address)}`);
  for (let attempt = 0, idle = 0; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await downloadOnce(task, address, part, before);
      return;
    } catch (error) {
      task.signal?.throwIfAborted();
      const got = await sizeOf(part);
      idle = got > before ? 0 : idle + 1;
      const final = error instanceof Unreachable || error instanceof UserError;
      if (!final && idle < MAX_IDLE_ATTEMPTS && attempt < MAX_ATTEMPTS) {
        task.log(`the connection broke (${reason(error)}); going on at ${(got / 1e6).toFixed(1)} MB`);
        continue;
      }
      if (error instanceof UserError) throw error;
      throw new UserError(`cannot download ${redact(address)}: ${redact(reason(error))}`, {
        cause: error,
        advice: [...(got > 0 ? ['what came so far is kept: run it again to go on'] : []), ...waysOut(url)],
      });
    }
  }
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
async function downloadOnce(task: SourceTask, address: string, part: string, start: number): Promise<void> {
  const known = await readValidators(part);
  const validator = validatorOf(known);
  const response = await request(task, address, {
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
    const { archiveBytes } = task.limits;
    let got = from;
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        got += chunk.length;
        callback(got > archiveBytes ? tooLarge(address, archiveBytes) : null, chunk);
      },
    });
    if (length !== undefined && from + length > archiveBytes) throw tooLarge(address, archiveBytes);
    await pipeline(response, limit, createWriteStream(part, { flags: from > 0 ? 'a' : 'w' }), { signal: task.signal });
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
  task: SourceTask,
  address: string,
  headers: http.OutgoingHttpHeaders,
): Promise<http.IncomingMessage> {
  const first = parseAddress(address);
  let login = loginOf(first);
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(task, url, {
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

function get(task: SourceTask, url: URL, headers: http.OutgoingHttpHeaders): Promise<http.IncomingMessage> {
  const { answerMs, silenceMs } = task.limits;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return new Promise((resolve, reject) => {
    const outgoing = (plain.protocol === 'https:' ? https : http).get(plain, {
      headers,
      signal: task.signal,
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
