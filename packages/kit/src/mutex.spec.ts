import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withMutex } from './mutex';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nx-redox-lock-'));
  path = join(dir, 'deep/x.lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('withMutex', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 4 }, () =>
        withMutex(path, {}, async () => {
          most = Math.max(most, ++inside);
          await sleep(5);
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('is given back after an error', async () => {
    await expect(withMutex(path, {}, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(path)).toBe(false);
  });

  it('takes over from a process that is gone, and only from such a one', async () => {
    let place = '';
    await withMutex(path, {}, async () => {
      place = JSON.parse(readFileSync(path, 'utf8')).place;
      expect(place.startsWith(hostname())).toBe(true);
    });
    const child = spawn('sleep', ['30'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(path, JSON.stringify({ pid: child.pid, place, token: 'other' }));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('waited')), 300);
    await expect(withMutex(path, { signal: controller.signal }, async () => 1)).rejects.toThrow('waited');
    child.kill('SIGKILL');
    await ended;
    expect(await withMutex(path, {}, async () => 2)).toBe(2);
    // A pid that is used again: the process is alive, but another one.
    writeFileSync(path, JSON.stringify({ pid: process.pid, place, started: '1', token: 'other' }));
    if (existsSync('/proc/self/stat')) expect(await withMutex(path, {}, async () => 3)).toBe(3);
  });

  it('waits for another machine as long as it gives signs of life', async () => {
    await withMutex(path, {}, async () => undefined);
    const foreign = JSON.stringify({ pid: 1, place: 'elsewhere', token: 'other' });
    writeFileSync(path, foreign);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('waited')), 250);
    await expect(withMutex(path, { signal: controller.signal }, async () => 1)).rejects.toThrow('waited');
    expect(readFileSync(path, 'utf8')).toBe(foreign);
    const old = Date.now() / 1000 - 3600;
    utimesSync(path, old, old);
    expect(await withMutex(path, {}, async () => 2)).toBe(2);
  });

  it('takes a file that was never filled for left behind, after a while', async () => {
    await withMutex(path, {}, async () => undefined);
    writeFileSync(path, '');
    const old = Date.now() / 1000 - 60;
    utimesSync(path, old, old);
    expect(await withMutex(path, {}, async () => 1)).toBe(1);
  });
});
