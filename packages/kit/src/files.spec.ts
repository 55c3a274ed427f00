import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, utimesSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileWhole, replaceDirectory, writeFileWhole } from './files';
import { blake3File, blake3Hex } from './hash';
import { formatError } from './user-error';

describe('files that appear whole', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nx-redox-files-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('makes parents and replaces the old file', async () => {
    const path = join(dir, 'a/b/c.txt');
    await writeFileWhole(path, 'old');
    await writeFileWhole(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(dir, 'a/b'))).toEqual(['c.txt']);
  });

  it('keeps the old file and leaves nothing behind when writing fails', async () => {
    const path = join(dir, 'file');
    await writeFileWhole(path, 'old');
    const failing = createFileWhole(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['file']);
  });

  it('replaces a directory as a whole, or not at all', async () => {
    const target = join(dir, 'stage');
    await mkdir(target);
    await writeFile(join(target, 'stale'), '');
    await expect(
      replaceDirectory(target, async (temporary) => {
        await writeFile(join(temporary, 'half'), '');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await readdir(target)).toEqual(['stale']);
    await replaceDirectory(target, (temporary) => writeFile(join(temporary, 'fresh'), ''));
    expect(await readdir(target)).toEqual(['fresh']);
    expect(await readdir(dir)).toEqual(['stage']);
  });

  it('takes the place of a link or a file, too', async () => {
    const target = join(dir, 'stage');
    await mkdir(join(dir, 'other'));
    symlinkSync('other', target);
    await replaceDirectory(target, (temporary) => writeFile(join(temporary, 'fresh'), ''));
    expect((await lstat(target)).isDirectory()).toBe(true);
    expect(await readdir(dir)).toEqual(['other', 'stage']);
    await rm(target, { recursive: true });
    await writeFile(target, 'a file');
    await replaceDirectory(target, (temporary) => writeFile(join(temporary, 'fresh'), ''));
    expect(await readdir(target)).toEqual(['fresh']);
  });

  /** Replaces a folder many times from several sides while a thread reads, and counts what it did not find. */
  async function stress(replace: typeof replaceDirectory): Promise<{ reads: number; missing: number; torn: number }> {
    const target = join(dir, 'stage');
    await replace(target, (temporary) => writeFile(join(temporary, 'file'), 'x'.repeat(100)));
    const reader = new Worker(
      `const { readFileSync } = require('node:fs');
       const { parentPort, workerData } = require('node:worker_threads');
       let reads = 0, missing = 0, torn = 0, stop = false;
       parentPort.once('message', () => (stop = true));
       parentPort.postMessage('ready');
       const loop = () => {
         for (let turn = 0; turn < 200; turn++) {
           reads++;
           try { if (readFileSync(workerData, 'utf8').length !== 100) torn++; } catch { missing++; }
         }
         if (stop) { parentPort.postMessage({ reads, missing, torn }); parentPort.close(); } else setImmediate(loop);
       };
       loop();`,
      { eval: true, workerData: join(target, 'file') },
    );
    await once(reader, 'message');
    await Promise.all(
      Array.from({ length: 4 }, async (_, side) => {
        for (let turn = 0; turn < 60; turn++) {
          await replace(target, (temporary) => writeFile(join(temporary, 'file'), String(side).repeat(100)));
        }
      }),
    );
    reader.postMessage('stop');
    const [counts] = (await once(reader, 'message')) as [{ reads: number; missing: number; torn: number }];
    expect(await readdir(dir)).toEqual(['stage']);
    expect(counts.reads).toBeGreaterThan(1000);
    return counts;
  }

  const canExchange = process.platform === 'linux' && ['x64', 'arm64', 'riscv64'].includes(process.arch);
  it.runIf(canExchange)('shows every reader the old or the new directory, however many replace it', async () => {
    expect(await stress(replaceDirectory)).toMatchObject({ missing: 0, torn: 0 });
  });

  it('replaces a directory from several sides where folders cannot be exchanged', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.resetModules();
    const { replaceDirectory: twoSteps } = await import('./files.js');
    try {
      expect(await stress(twoSteps)).toMatchObject({ torn: 0 });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('removes what killed processes left, and nothing that is in use', async () => {
    const other = spawn('sleep', ['60']);
    const gone = spawn('true');
    await once(gone, 'exit');
    // The digits of this machine, as they are in names.
    let tag = '';
    await replaceDirectory(join(dir, 'probe/x'), async (temporary) => {
      tag = /\.([0-9a-f]{4})[0-9a-f]{4}$/.exec(temporary)![1]!;
    });
    const place = join(dir, 'outputs');
    const names = [
      `.stage.${gone.pid}.${tag}0001`,
      `.file.${gone.pid}.${tag}0002`,
      `.stage.${other.pid}.${tag}0003`,
      `.stage.${gone.pid}.ffff0004`,
      `.stage.${gone.pid}.ffff0005`,
      '.keep.me',
    ];
    for (const name of names) {
      await mkdir(join(place, name), { recursive: true });
      await writeFile(join(place, name, 'x'), '');
    }
    utimesSync(join(place, names[4]!), new Date(0), new Date(0));
    await writeFileWhole(join(place, 'file'), '');
    expect((await readdir(place)).sort()).toEqual([names[2], names[3], '.keep.me', 'file'].sort());
    other.kill();
  });

  // A file system of 1 MB needs root; a container of CI has it.
  const mayMount = (() => {
    try {
      const at = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', at], { stdio: 'ignore' });
      execFileSync('umount', [at]);
      return true;
    } catch {
      return false;
    }
  })();
  if (process.env['CI'] && process.platform === 'linux' && process.getuid?.() === 0 && !mayMount) {
    throw new Error('this machine of CI cannot mount a tmpfs: full disks would go untested');
  }
  it.runIf(mayMount)('leaves nothing on a full or read-only disk, and says what to do', async () => {
    const disk = join(dir, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      await writeFileWhole(join(disk, 'a/file'), 'old');
      await mkdir(join(disk, 'stage'));
      const full = await writeFileWhole(join(disk, 'a/file'), 'x'.repeat(2e6)).then(() => 'no error', formatError);
      expect(full).toContain('the disk is full (ENOSPC, write)\n  → make room there');
      const folder = replaceDirectory(join(disk, 'stage'), (at) => writeFile(join(at, 'big'), 'x'.repeat(2e6)));
      expect(await folder.then(() => 'no error', formatError)).toContain('the disk is full (ENOSPC, write)');
      expect(await readFile(join(disk, 'a/file'), 'utf8')).toBe('old');
      expect(await readdir(join(disk, 'a'))).toEqual(['file']);
      expect(await readdir(disk)).toEqual(['a', 'stage']);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      const readOnly = await writeFileWhole(join(disk, 'a/file'), 'new').then(() => 'no error', formatError);
      expect(readOnly).toContain('the file system is mounted read-only (EROFS, open)');
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('hashes a file as its bytes', async () => {
    await writeFile(join(dir, 'x'), 'abc');
    // Test vector of the BLAKE3 specification for "abc".
    expect(blake3Hex('abc')).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
    expect(await blake3File(join(dir, 'x'))).toBe(blake3Hex('abc'));
  });
});
