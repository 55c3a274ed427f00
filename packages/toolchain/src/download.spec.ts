import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download } from './download';
import { quietWork } from './testing/quiet';
import { temporaryFolder } from './testing/temporary';

const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

// toEqual compares large buffers byte by byte, for seconds.
function expectContent(path: string): void {
  expect(readFileSync(path).equals(CONTENT)).toBe(true);
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.tar.xz`;
}

function withRanges(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = { 'content-range': `bytes */${CONTENT.length}` };
  if (start >= CONTENT.length) return void response.writeHead(416, range).end();
  const body = CONTENT.subarray(start);
  const sent = { 'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` };
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length, ...(start > 0 ? sent : {}) }).end(body);
}

describe('download', () => {
  it('fetches and verifies', async () => {
    const path = join(temporaryFolder(), 'sub/file');
    await download(await serve(withRanges), path, SHA256, quietWork());
    expectContent(path);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it('goes on where a broken connection ended', async () => {
    const path = join(temporaryFolder(), 'file');
    const ranges: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      ranges.push(request.headers.range);
      if (ranges.length > 1) return withRanges(request, response);
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    await download(url, path, SHA256, quietWork());
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expectContent(path);
    expect(existsSync(`${path}.part.json`)).toBe(false);
  });

  it('takes everything again from a server without ranges', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(`${path}.part`, 'old');
    const url = await serve((_request, response) => void response.end(CONTENT));
    await download(url, path, SHA256, quietWork());
    expectContent(path);
  });

  it('finishes a part that was complete', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(`${path}.part`, CONTENT);
    await download(await serve(withRanges), path, SHA256, quietWork());
    expectContent(path);
  });

  it('refuses other content, and begins anew the next time', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(`${path}.part`, 'wrong beginning');
    const url = await serve(withRanges);
    await expect(download(url, path, SHA256, quietWork())).rejects.toThrow(/SHA-256/);
    expect(existsSync(path)).toBe(false);
    await download(url, path, SHA256, quietWork());
    expectContent(path);
  });

  it('says that a server refuses or is not there', async () => {
    const path = join(temporaryFolder(), 'file');
    const url = await serve((_request, response) => void response.writeHead(404).end());
    await expect(download(url, path, SHA256, quietWork())).rejects.toThrow(/the server answers 404/);
    await expect(download('http://127.0.0.1:9/x', path, SHA256, quietWork())).rejects.toThrow(
      /cannot download http:\/\/127.0.0.1:9\/x/,
    );
  });

  it('stops when it is told to', async () => {
    const path = join(temporaryFolder(), 'file');
    const url = await serve((_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('x'));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped by test')), 50);
    await expect(download(url, path, SHA256, quietWork(controller.signal))).rejects.toThrow('stopped by test');
  });
});
