import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatError } from '../user-error';
import { download } from './index';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** A file system of 1 MB; undefined where nobody may mount one. */
function smallDisk(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'nx-redox-disk-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true, maxRetries: 5 }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
  } catch (error) {
    if (process.env['CI'] && asRoot) throw error;
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', [at]));
  return at;
}

describe('a download on a full disk', () => {
  it.runIf(asRoot)('says so, and leaves nothing there', async (context) => {
    const disk = smallDisk();
    if (disk === undefined) return context.skip();
    const server = createServer((_, response) => void response.end(Buffer.alloc(3_000_000)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
    const options = { limits: { archiveBytes: 1e9, answerMs: 5000, silenceMs: 5000 }, log: () => undefined };
    const text = await download(url, join(disk, 'x.part'), { ...options, pinned: true }).then(
      () => 'no error',
      formatError,
    );
    expect(text).toContain('the disk is full (ENOSPC, write)\n  → make room there');
    expect(text).not.toContain('mirror');
    expect(readdirSync(disk)).toEqual([]);
  });
});
