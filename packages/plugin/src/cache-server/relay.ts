import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { redact, visible } from '@nx-redox/kit';
import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { requireResultArchive } from './archive';

export interface RelayOptions {
  /** The cache server, as NX_SELF_HOSTED_REMOTE_CACHE_SERVER names it. */
  server: string;
  /** How long it may take to connect, to answer, and be silent, in milliseconds. */
  patienceMs: number;
  /** Shows a line to the user. */
  warn: (line: string) => void;
}

/** A stand-in for a cache server on this machine, for one run of Nx. */
export interface Relay {
  url: string;
  close(): Promise<void>;
}

/** A file may take this many times the patience, and the time that its size needs at {@link SLOWEST}. */
const WHOLE = 6;
/** Bytes in a second. */
const SLOWEST = 128 * 1024;
/** Answers that make no sense, one after the other, until the server is left alone. */
const MAX_FAULTS = 3;

/** A server that says no. */
class Refused extends Error {}

/**
 * Stands between Nx and its self-hosted cache server, since Nx (23.2.1) ends a run on whatever is wrong with that one: a
 * refused connection, a status that it does not know, an archive that is cut off; and waits for a silent one for ever.
 * Here all of that is a miss, and after a warning or a few the server is left alone for the rest of the run.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const client = new CacheClient(options);
  const server = createServer((request, response) => {
    const done = request.method === 'PUT' ? client.put(request, response) : client.get(request, response);
    done.catch((error: Error) => {
      // Nx has gone: nobody waits for the answer.
      if (response.destroyed) return;
      options.warn(`the relay to the cache server failed: ${error.message}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // It must not keep alive a process that has nothing else to do.
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await client.close();
    },
  };
}

class CacheClient {
  /** Proxies are those of the environment, as Nx's own client takes them. */
  private readonly agent: Dispatcher;
  private readonly gaveUp = new AbortController();
  private readonly shown = new Set<string>();
  private faults = 0;
  private isReadOnly = false;

  constructor(private readonly options: RelayOptions) {
    const { patienceMs } = options;
    this.agent = new EnvHttpProxyAgent({
      connect: { timeout: patienceMs },
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
    });
  }

  async close(): Promise<void> {
    this.gaveUp.abort();
    await this.agent.destroy().catch(() => undefined);
  }

  /** Hands a result on that is whole; else there is none. */
  async get(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const dir = await mkdtemp(join(tmpdir(), 'nx-redox-cache-'));
    try {
      const file = join(dir, 'archive');
      if (!(await this.fetch(request, file))) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': (await stat(file)).size,
      });
      await pipeline(createReadStream(file), response);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** @returns whether the file is there. */
  private async fetch(request: IncomingMessage, file: string): Promise<boolean> {
    return this.guarded('bring', 0, async (signal, allowBytes) => {
      const { statusCode, headers, body } = await this.send(request, undefined, signal);
      if (statusCode === 404) {
        await body.dump();
        return false;
      }
      allowBytes(Number(headers['content-length'] ?? 0));
      if (statusCode !== 200) return this.refuse(statusCode, body);
      await pipeline(body, createWriteStream(file), { signal });
      await requireResultArchive(file).catch((error: Error) => {
        throw new Refused(`what it sent is no whole archive: ${error.message}`);
      });
      return true;
    });
  }

  /** Takes a result from Nx whatever happens, and gives it to the server if that can be done. */
  async put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Nx sends all of it, whether anybody wants it or not.
    const body = new PassThrough();
    const sent = this.isReadOnly
      ? Promise.resolve(false)
      : this.guarded('take', Number(request.headers['content-length'] ?? 0), async (signal) => {
          const { statusCode, body: answer } = await this.send(request, body, signal);
          // 409: somebody else was faster.
          if ((statusCode < 200 || statusCode > 299) && statusCode !== 409)
            return this.refuse(statusCode, answer, true);
          await answer.dump();
          return true;
        });
    request.on('data', (chunk: Buffer) => {
      if (!body.destroyed && !body.write(chunk)) {
        request.pause();
        body.once('drain', () => request.resume());
      }
    });
    request.on('end', () => body.end());
    request.on('error', () => body.destroy());
    void sent.then(() => {
      body.destroy();
      request.resume();
    });
    const ended = new Promise((resolve) => request.once('end', resolve).once('close', resolve));
    await Promise.all([sent, ended]);
    if (!response.destroyed) response.writeHead(200).end();
  }

  private send(request: IncomingMessage, body: Readable | undefined, signal: AbortSignal) {
    const { authorization, accept, 'content-type': type, 'content-length': length } = request.headers;
    const base = new URL(this.options.server);
    return this.agent.request({
      origin: base.origin,
      path: `${base.pathname.replace(/\/$/, '')}${request.url ?? ''}`,
      method: request.method as 'GET' | 'PUT',
      headers: Object.fromEntries(
        Object.entries({ authorization, accept, 'content-type': type, 'content-length': length }).filter(
          (entry): entry is [string, string] =>
            entry[1] !== undefined && (body !== undefined || entry[0] !== 'content-length'),
        ),
      ),
      body,
      signal,
    });
  }

  private async refuse(status: number, body: { dump(): Promise<void> }, isPut = false): Promise<never> {
    await body.dump().catch(() => undefined);
    if (status === 401 || status === 403) {
      if (isPut) this.isReadOnly = true;
      throw new Refused(
        `it answers ${status}: the token in NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN does not allow this`,
      );
    }
    throw new Refused(`it answers ${status}`);
  }

  /** Does something with the server that may fail and may not take long. @returns whether it was done. */
  private async guarded(
    what: 'bring' | 'take',
    bytes: number,
    work: (signal: AbortSignal, allowBytes: (bytes: number) => void) => Promise<boolean>,
  ): Promise<boolean> {
    if (this.gaveUp.signal.aborted) return false;
    const { patienceMs } = this.options;
    const late = new AbortController();
    let budget = 0;
    let timer: NodeJS.Timeout | undefined;
    const allowBytes = (size: number): void => {
      clearTimeout(timer);
      budget = patienceMs * WHOLE + Math.ceil((size / SLOWEST) * 1000);
      timer = setTimeout(() => late.abort(), Math.min(budget, 2 ** 31 - 1));
    };
    allowBytes(bytes);
    try {
      const isDone = await work(AbortSignal.any([late.signal, this.gaveUp.signal]), allowBytes);
      this.faults = 0;
      return isDone;
    } catch (error) {
      // The one that gave up has said why.
      if (this.gaveUp.signal.aborted) return false;
      const reason = late.signal.aborted
        ? new Error(`it takes more than ${Math.round(budget / 1000)} s for one result`)
        : explain(error as Error, patienceMs);
      this.complain(what, reason);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  private complain(what: 'bring' | 'take', error: Error): void {
    const { server, warn } = this.options;
    this.faults += 1;
    // A server that answers can be asked again at no cost.
    const isLeft = !(error instanceof Refused) || this.faults >= MAX_FAULTS;
    const line = `the cache server ${redact(server)} did not ${what} a result: ${visible(redact(error.message))}`;
    if (!this.shown.has(line) || isLeft) {
      warn(isLeft ? `${line}; this run goes on without it` : line);
    }
    this.shown.add(line);
    if (isLeft) this.gaveUp.abort();
  }
}

/** What went wrong, in words. */
function explain(error: Error & { code?: string; errors?: Error[] }, patienceMs: number): Error {
  if (error instanceof Refused) return error;
  if (/TIMEOUT/.test(error.code ?? '')) return new Error(`it is silent for ${patienceMs / 1000} s`);
  return new Error(error.message || error.errors?.[0]?.message || error.code || String(error), { cause: error });
}
