import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { blake3Bytes } from '@nx-redox/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { updateLock } from './lock/update';
import { failure, SourceWorkspace, write } from './testing/sources';
import { LIMITS, type SourceTask } from './task';

let space: SourceWorkspace;
let server: Server;
let origin: string;
let archive: Buffer;
/** What was asked for; not the requests themselves, which hold half of Node. */
let requests: Pick<IncomingMessage, 'url' | 'headers'>[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** A tar.gz large enough to be cut in the middle. */
function makeArchive(text: string): Buffer {
  const folder = join(space.temporary, 'packed');
  rmSync(folder, { recursive: true, force: true });
  write(join(folder, 'pkg-1/x.txt'), text);
  // Hashes do not shrink.
  const pieces = Array.from({ length: 4000 }, (_, index) => createHash('sha256').update(`${text}${index}`).digest());
  writeFileSync(join(folder, 'pkg-1/large'), Buffer.concat(pieces));
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'pkg-1'], { maxBuffer: 1 << 26 });
}

/** Serves the archive with ranges, as servers do. */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = { etag: '"one"' },
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
  const condition = request.headers['if-range'];
  if (Number.isNaN(from) || (condition !== undefined && condition !== headers['etag'])) {
    response.writeHead(200, { ...headers, 'content-length': archive.length }).end(archive);
  } else if (from >= archive.length) {
    response.writeHead(416, { 'content-range': `bytes */${archive.length}` }).end();
  } else {
    response.writeHead(206, {
      ...headers,
      'content-length': archive.length - from,
      'content-range': `bytes ${from}-${archive.length - 1}/${archive.length}`,
    });
    response.end(archive.subarray(from));
  }
}

/** Promises the rest of the archive, and breaks the connection after some of it. */
function cut(request: IncomingMessage, response: ServerResponse, bytes: number, etag = '"one"'): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    etag,
    'content-length': archive.length - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${archive.length - 1}/${archive.length}` } : {}),
  });
  response.write(archive.subarray(from, from + bytes), () => whenKept(bytes > 0 ? from : -1, () => response.destroy()));
}

/** Calls `then` once more than `from` bytes are on the disk: what the client has not written yet is lost with it. */
function whenKept(from: number, then: () => void, tries = 200): void {
  const parts = stored().filter((name) => name.endsWith('.part'));
  const sizes = parts.map((name) => statSync(join(archives(), name), { throwIfNoEntry: false })?.size ?? 0);
  if (Math.max(0, ...sizes) > from || tries === 0) then();
  else setTimeout(() => whenKept(from, then, tries - 1), 10);
}

beforeEach(async () => {
  space = new SourceWorkspace();
  archive = makeArchive('content\n');
  requests = [];
  answer = serve;
  server = createServer((request, response) => {
    requests.push({ url: request.url, headers: { ...request.headers } });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  space.remove();
});

const recipe = (url: string, rest = '') => space.write('r/a/recipe.toml', `[source]\ntar = "${url}"\n${rest}`);
const update = (task: Partial<SourceTask> = {}) => updateLock(space.root, 'r/a', {}, space.task(task));
const pinned = async () => `blake3 = "${await blake3Bytes(archive)}"`;
const archives = () => join(space.env.REDOX_SOURCE_HOME, 'archives');
const stored = () => readdirSync(archives()).sort();

describe('an archive from a server', () => {
  it('is checked, kept and locked', async () => {
    recipe(`${origin}/x-1.0.tar.gz`);
    expect((await update()).done).toBe('written');
    expect(space.read('r/a/source/x.txt')).toBe('content\n');
    expect(space.read('r/a/recipe.lock')).toContain(await pinned());
    expect(stored()).toEqual([`${await blake3Bytes(archive)}.tar`]);
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    expect(await space.fetch('r/a', { offline: true })).toEqual({ folder: 'r/a/source', done: 'fetched' });
    expect(await space.fetch('r/a')).toMatchObject({ done: 'up-to-date' });
    expect(requests).toHaveLength(1);
    space.write('r/a/source/x.txt', 'mine\n');
    space.write('r/a/source/extra.txt', 'mine\n');
    const text = await failure(space.fetch('r/a'));
    expect(text).toContain('x.txt (changed)');
    expect(text).toContain('extra.txt (new)');
  });

  it('goes on after cut connections', async () => {
    answer = (request, response) => (requests.length < 4 ? cut(request, response, 20_000) : serve(request, response));
    recipe(`${origin}/x.tgz`, await pinned());
    await update();
    expect(
      requests
        .slice(1)
        .every(({ headers }) => headers['if-range'] === '"one"' && Number(headers.range?.slice(6, -1)) > 0),
    ).toBe(true);
    expect(requests).toHaveLength(4);
    expect(space.read('r/a/source/x.txt')).toBe('content\n');
  });

  it('goes on where an interrupted run ended, and begins again if the file is another one', async () => {
    const controller = new AbortController();
    const stall = (_: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { etag: '"one"', 'content-length': archive.length });
      response.write(archive.subarray(0, 30_000), () => whenKept(0, () => controller.abort(new Error('stopped'))));
    };
    answer = stall;
    recipe(`${origin}/x.tgz`);
    expect(await failure(update({ signal: controller.signal }))).toContain('stopped');
    expect(space.exists('r/a/source')).toBe(false);
    expect(space.exists('r/a/recipe.lock')).toBe(false);
    expect(stored()).toHaveLength(2);
    archive = makeArchive('newer\n');
    answer = (request, response) => serve(request, response, { etag: '"two"' });
    await update();
    expect(requests[1]?.headers.range).toMatch(/^bytes=\d{4,}-$/);
    expect(space.read('r/a/source/x.txt')).toBe('newer\n');
    expect(stored()).toEqual([`${await blake3Bytes(archive)}.tar`]);
  });

  it('with another hash is refused, and not kept', async () => {
    recipe(`${origin}/x.tgz`, `blake3 = "${'0'.repeat(64)}"`);
    const text = await failure(update());
    expect(text).toContain(`BLAKE3 ${await blake3Bytes(archive)}, expected ${'0'.repeat(64)}`);
    expect(stored().filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(space.exists('r/a/source')).toBe(false);
  });

  it('that a server changed under its name is refused until the lock is written anew', async () => {
    recipe(`${origin}/x.tgz`);
    await update();
    rmSync(space.env.REDOX_SOURCE_HOME, { recursive: true });
    rmSync(join(space.root, 'r/a/source'), { recursive: true });
    archive = makeArchive('changed\n');
    expect(await failure(space.fetch('r/a'))).toContain('is not what it should be');
    await update();
    expect(space.read('r/a/source/x.txt')).toBe('changed\n');
  });

  it('follows redirects and insteadOf; logins go to their server only and are never shown', async () => {
    answer = (request, response) => {
      if (request.url === '/old')
        response.writeHead(302, { location: `${origin.replace('127.0.0.1', 'localhost')}/new` }).end();
      else serve(request, response);
    };
    writeFileSync(
      space.gitConfig,
      `[url "http://me:hunter2@${origin.slice('http://'.length)}/"]\n\tinsteadOf = https://example.org/\n`,
    );
    recipe('https://example.org/old', await pinned());
    await update();
    expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:hunter2').toString('base64')}`);
    expect(requests[1]?.headers.authorization).toBeUndefined();
    expect(space.lines.join('\n')).not.toContain('hunter2');
    expect(space.read('r/a/recipe.lock')).toContain('tar = "https://example.org/old"');
  });

  it.each(['file://', ''])('is taken from a folder of this machine that stands for the server: %s', async (scheme) => {
    const mirror = join(space.temporary, 'mirror');
    writeFileSync(space.gitConfig, `[url "${scheme}${mirror}/"]\n\tinsteadOf = https://example.org/\n`);
    recipe('https://example.org/x.tgz', await pinned());
    expect(await failure(update())).toMatch(/mirror\/x\.tgz does not exist/);
    mkdirSync(mirror);
    writeFileSync(join(mirror, 'x.tgz'), archive);
    await update();
    expect(requests).toEqual([]);
    expect(space.exists('r/a/source/x.txt')).toBe(true);
    expect(space.read('r/a/recipe.lock')).toContain('tar = "https://example.org/x.tgz"');
  });

  it('that cannot be had is an error within seconds, with its reason and ways out', async () => {
    answer = (_, response) => response.writeHead(404).end('nothing');
    recipe(`http://me:hunter2@${origin.slice('http://'.length)}/x.tgz?token=topsecret`);
    const text = await failure(update());
    expect(text).toContain(
      `cannot download ${origin.replace('://', '://***@')}/x.tgz?token=***: the server answers 404 Not Found`,
    );
    expect(text).toContain('insteadOf');
    expect(text).not.toMatch(/hunter2|topsecret/);
    answer = () => undefined;
    const short = { limits: { ...LIMITS, answerMs: 300 } };
    expect(await failure(update(short))).toContain('no answer from 127.0.0.1');
    answer = (request, response) => cut(request, response, 0);
    expect(await failure(update())).toContain('cannot download');
    recipe('http://127.0.0.1:1/x.tgz');
    expect(await failure(update())).toMatch(/cannot download .*ECONNREFUSED/);
    recipe('ftp://example.org/x.tgz');
    expect(await failure(update())).toContain('ftp is not supported');
    expect(await failure(update({ offline: true }))).toContain(
      'offline: ftp://example.org/x.tgz was not fetched before',
    );
  });

  it('from a server that sends the wrong part is given up, not asked for without end', async () => {
    answer = (_, response) => response.writeHead(206, { 'content-range': 'bytes 7-9/10' }).end('abc');
    recipe(`${origin}/x.tgz`);
    expect(await failure(update())).toContain('the server has another part of the file than was asked for');
    answer = (_, response) => response.writeHead(416).end();
    expect(await failure(update())).toContain('the server has another part of the file than was asked for');
    expect(requests).toHaveLength(4);
  });

  it('has a limit', async () => {
    recipe(`${origin}/x.tgz`);
    expect(await failure(update({ limits: { ...LIMITS, archiveBytes: 1000 } }))).toContain('is larger than');
  });
});

describe('an archive on this machine', () => {
  it('is named by path or URL, and hostile ones leave nothing', async () => {
    writeFileSync(join(space.temporary, 'x.tar.gz'), archive);
    for (const url of ['../../../x.tar.gz', join(space.temporary, 'x.tar.gz'), `file://${space.temporary}/x.tar.gz`]) {
      recipe(url, await pinned());
      await update();
      expect(space.read('r/a/source/x.txt')).toBe('content\n');
      rmSync(join(space.root, 'r/a'), { recursive: true });
    }
    recipe('none.tar');
    expect(await failure(update())).toContain('the archive none.tar does not exist');
    const evil = join(space.temporary, 'evil');
    mkdirSync(evil);
    writeFileSync(join(evil, 'evil.txt'), 'x');
    execFileSync('tar', [
      '-cPf',
      join(space.temporary, 'evil.tar'),
      '--transform',
      's,^evil.txt,pkg/../../evil.txt,',
      '-C',
      evil,
      'evil.txt',
    ]);
    recipe('../../../evil.tar');
    expect(await failure(update())).toContain('leads out of the folder by ".."');
    expect(readdirSync(join(space.root, 'r'))).toEqual(['a']);
    expect(readdirSync(join(space.root, 'r/a'))).toEqual(['recipe.toml']);
    expect(readFileSync(join(space.root, 'r/a/recipe.toml'), 'utf8')).toContain('evil.tar');
  });
});
