import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneSources, copyCheckout } from './checkout';
import { git } from './workspace';

describe('a copy of recipes/cookbook', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'checkout-'));
    await copyCheckout(folder);
    await cloneSources(folder);
    await git(folder, ['init', '--quiet']);
    await git(folder, ['add', '--all']);
    await git(folder, ['commit', '--quiet', '--message=checkout']);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has sources as the cookbook clones them: git of the checkout does not see them, patches are in their work trees', async () => {
    expect(await git(folder, ['ls-files', 'recipes'])).not.toContain('/source/');
    const source = (name: string) => join(folder, 'recipes', 'core', name, 'source');
    expect(await git(source('base'), ['status', '--porcelain'])).toBe('');
    expect(await git(source('uutils'), ['describe', '--tags'])).toBe('0.1.0\n');
    expect(await git(source('uutils'), ['status', '--porcelain'])).toBe(' M Cargo.toml\n M src/main.rs\n');
  });

  it('writes an initfs with its own tool that our reader takes', async () => {
    const source = join(folder, 'recipes', 'core', 'base', 'source');
    const bootstrap = join(folder, 'bootstrap');
    // A header without segments: 64 bits, little endian, a program for aarch64.
    const elf = Buffer.alloc(64);
    elf.write('\x7fELF\x02\x01\x01', 'latin1');
    for (const [at, value] of Object.entries({ 16: 2, 18: 183, 20: 1, 52: 64, 54: 56 }))
      elf.writeUInt16LE(value, Number(at));
    elf.writeBigUInt64LE(0x3000n, 24);
    await writeFile(bootstrap, elf);
    const image = join(folder, 'initfs.img');
    const tool = ['--manifest-path', join(source, 'initfs', 'tools', 'Cargo.toml'), '--bin', 'redox-initfs-ar'];
    const target = ['--target-dir', join(folder, 'target')];
    const units = join(source, 'init.initfs.d');
    // Its rust-toolchain.toml names a Rust that this machine need not have.
    const made = await run('cargo', ['run', '--quiet', ...target, ...tool, '--', units, bootstrap, '-o', image], {
      env: { RUSTUP_TOOLCHAIN: 'stable' },
    });
    expect(made.stderr).toBe('');
    const listed = await run(process.execPath, [join(__dirname, '../../initfs/bin/redox-initfs.js'), 'list', image]);
    expect(listed.stderr).toBe('');
    const files = listed.stdout.split('\n').flatMap((line) => line.split(' ').slice(-1));
    expect(files.filter(Boolean)).toEqual(await readdir(units));
  });
});
