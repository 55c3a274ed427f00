import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v2 as webdav } from 'webdav-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Relay, startRelay } from './relay';

/** What the way to the server does to the bytes that come back: see the tests. */
type Fault = (chunk: Buffer, seen: number, socket: Socket) => Buffer | undefined;

/** A way to a port with faults in it. */
async function badWay(
  port: number,
  fault: Fault,
): Promise<{ port: number; server: Server; connections: () => number }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    let seen = 0;
    const upstream = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).pipe(upstream.on('error', () => undefined));
    upstream.on('data', (chunk: Buffer) => {
      const out = fault(chunk, seen, socket);
      seen += chunk.length;
      if (out !== undefined && !socket.destroyed) socket.write(out);
    });
    upstream.on('close', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server, connections: () => count };
}

/** With a real server of the registries, which keeps what is put and gives it back: WebDAV is that for whole files. */
describe('the relay to a cache server', () => {
  let dir: string;
  let server: webdav.WebDAVServer;
  let port: number;
  let relay: Relay | undefined;
  const ways: Server[] = [];
  const warnings: string[] = [];
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'nx-redox-relay-'));
    mkdirSync(join(dir, 'store/v1/cache'), { recursive: true });
    server = new webdav.WebDAVServer({ hostname: '127.0.0.1', port: 0 });
    await server.setFileSystemAsync('/', new webdav.PhysicalFileSystem(join(dir, 'store')));
    port = ((await server.startAsync(0)).address() as { port: number }).port;
    warnings.length = 0;
  });
  afterEach(async () => {
    await relay?.close();
    relay = undefined;
    for (const way of ways.splice(0)) way.close();
    await server.stopAsync();
    rmSync(dir, { recursive: true, force: true });
  });

  const begin = async (to = port, patienceMs = 2000) => {
    await relay?.close();
    warnings.length = 0;
    relay = await startRelay({ server: `http://127.0.0.1:${to}`, patienceMs, warn: (line) => warnings.push(line) });
    return relay;
  };
  const through = async (fault: Fault) => {
    const way = await badWay(port, fault);
    ways.push(way.server);
    return way;
  };
  /** A result as Nx writes it, by GNU tar. */
  const archive = (...without: string[]): Buffer => {
    const from = mkdtempSync(join(dir, 'result-'));
    mkdirSync(join(from, 'out'));
    writeFileSync(join(from, 'out/big'), Buffer.alloc(300_000, 'nx-redox '));
    writeFileSync(join(from, 'code'), '0\0\0\0');
    writeFileSync(join(from, 'terminalOutput'), 'done\n');
    const names = ['out', 'code', 'terminalOutput'].filter((name) => !without.includes(name));
    return execFileSync('tar', ['-czC', from, ...names]);
  };
  const get = (hash: string) => fetch(`${relay!.url}/v1/cache/${hash}`);
  const put = (hash: string, body: Buffer) =>
    fetch(`${relay!.url}/v1/cache/${hash}`, { method: 'PUT', body: new Uint8Array(body) });

  it('brings and takes results, and says nothing of those that are not there', async () => {
    await begin();
    expect((await get('1')).status).toBe(404);
    const result = archive();
    expect((await put('1', result)).status).toBe(200);
    const got = await get('1');
    expect(got.status).toBe(200);
    expect(Buffer.from(await got.arrayBuffer()).equals(result)).toBe(true);
    expect(readFileSync(join(dir, 'store/v1/cache/1')).equals(result)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('takes a server that is not there for an empty one, with one line', async () => {
    const way = await through((chunk) => chunk);
    await new Promise((resolve) => way.server.close(resolve));
    await begin(way.port);
    // Nx asks for all of a run before it gives any; who finds out says so.
    const answers = [...(await Promise.all([get('1'), get('2')])), await put('3', archive())];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 200]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/did not bring a result: .*ECONNREFUSED.*; this run goes on without it/);
  });

  it('waits once for a server that is silent, and for one that sends a byte now and then', async () => {
    const silent = await through(() => undefined);
    await begin(silent.port, 300);
    expect((await get('1')).status).toBe(404);
    expect(warnings[0]).toContain('it is silent for 0.3 s; this run goes on without it');
    const before = silent.connections();
    expect((await get('2')).status).toBe(404);
    expect((await put('3', archive())).status).toBe(200);
    expect(silent.connections()).toBe(before);

    writeFileSync(join(dir, 'store/v1/cache/4'), archive());
    const slow = await through((chunk, _, socket) => {
      let at = 0;
      const timer = setInterval(() => {
        if (at >= chunk.length || socket.destroyed) clearInterval(timer);
        else socket.write(chunk.subarray(at, ++at));
      }, 20);
      return undefined;
    });
    await begin(slow.port, 300);
    expect((await get('4')).status).toBe(404);
    expect(warnings[0]).toMatch(/for one result|is silent/);
  });

  it('hands on no archive that is cut off, changed, of another kind or not whole', async () => {
    const good = archive();
    const changed = Buffer.from(good);
    changed[changed.length >> 1]! ^= 0x10;
    const bodies = {
      cut: good.subarray(0, good.length >> 1),
      changed,
      page: Buffer.from('<!doctype html><h1>502</h1>'),
      empty: Buffer.alloc(0),
      'without code': archive('code'),
    };
    for (const [name, body] of Object.entries(bodies)) {
      await begin();
      writeFileSync(join(dir, 'store/v1/cache/5'), body);
      expect([name, (await get('5')).status]).toEqual([name, 404]);
      expect(warnings.join('\n')).toContain('what it sent is no whole archive');
    }
    // The next good one is taken.
    writeFileSync(join(dir, 'store/v1/cache/5'), good);
    expect((await get('5')).status).toBe(200);
    // Cut off on the way.
    const cutting = await through((chunk, seen, socket) => {
      if (seen + chunk.length < good.length >> 1) return chunk;
      setTimeout(() => socket.destroy(), 20);
      return chunk.subarray(0, 20);
    });
    await begin(cutting.port);
    expect((await get('5')).status).toBe(404);
    expect(warnings).toEqual([expect.any(String)]);
  });

  it('leaves a server alone that answers nonsense, after three times', async () => {
    const failing = await through((chunk) =>
      Buffer.from(chunk.toString('latin1').replace(/^HTTP\/1\.1 \d+ [^\r]*/, 'HTTP/1.1 500 No'), 'latin1'),
    );
    await begin(failing.port);
    for (const hash of ['1', '2', '3', '4']) expect((await get(hash)).status).toBe(404);
    expect(warnings).toEqual([
      expect.stringMatching(/did not bring a result: it answers 500$/),
      expect.stringMatching(/it answers 500; this run goes on without it$/),
    ]);
    await begin(failing.port);
    expect((await put('1', archive())).status).toBe(200);
    expect(warnings).toHaveLength(1);
  });

  it('says that a token does not allow it', async () => {
    const refusing = await through((chunk) =>
      Buffer.from(chunk.toString('latin1').replace(/^HTTP\/1\.1 \d+ [^\r]*/, 'HTTP/1.1 403 No'), 'latin1'),
    );
    await begin(refusing.port);
    expect((await put('1', archive())).status).toBe(200);
    expect((await put('2', archive())).status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining('NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN does not allow this')]);
  });
});
