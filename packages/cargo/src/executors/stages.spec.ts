import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isPe } from '@nx-redox/binary';
import type { Backend } from '@nx-redox/kit';
import type { ExecutorContext } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BuildKind } from '../options';
import { elfFile, peFile } from '../testing/elf-file';
import checkElfExecutor from './check-elf/check-elf.impl';
import sizeExecutor from './size/size.impl';

const OUTPUT = 'dist/{arch}/{backend}/logd';

let root: string;
let out: string;
let err: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-stages-'));
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

async function write(backend: Backend, path: string, bytes: string | Buffer): Promise<void> {
  const file = join(root, 'dist/aarch64', backend, 'logd', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

/** What a build leaves behind; `linked` is the file with its symbols. */
async function build(
  backend: Backend,
  files: Record<string, { staged: string | Buffer; linked?: Buffer }>,
  more: object = {},
) {
  const described = [];
  for (const [path, { staged, linked }] of Object.entries(files)) {
    await write(backend, `stage/${path}`, staged);
    if (linked) await write(backend, `debug/${path.split('/').at(-1)}`, linked);
    const facts = { machine: 'aarch64', entry: '0x400078' };
    const kind = typeof staged === 'string' ? {} : isPe(staged) ? { pe: facts } : { elf: { type: 'EXEC', ...facts } };
    described.push({ path, size: staged.length, blake3: 'x', ...kind });
  }
  const artifact = { schema: 1, project: 'logd', arch: 'aarch64', backend, files: described, ...more };
  await write(backend, 'artifact.json', JSON.stringify(artifact));
}

const context = () => ({ root }) as ExecutorContext;

describe('executor check-elf', () => {
  const check = (json = false, kind: BuildKind = 'program') =>
    checkElfExecutor({ arch: 'aarch64', backend: 'cranelift', kind, outputPath: OUTPUT, json }, context());

  it('finds nothing wrong with a good program, and passes over what is none', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile() }, 'etc/logd.toml': { staged: 'x = 1\n' } });
    expect(await check()).toEqual({ success: true });
    expect(out).toBe('usr/bin/logd: ok (program)\n');
  });

  it('fails for a program that cannot boot, with rule, reason and fix', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile({ type: 3 }) } });
    expect(await check()).toEqual({ success: false });
    expect(out).toMatch(/^usr\/bin\/logd: \(program\)\n {2}error type-exec: .*\n {4}why: .*\n {4}fix: /);
  });

  it('shows warnings and what is worth knowing, of the file with symbols, once', async () => {
    const writable = elfFile({ flags: 7 });
    await build('cranelift', { 'usr/bin/logd': { staged: writable, linked: writable } });
    expect(await check(true)).toEqual({ success: true });
    const [file] = JSON.parse(out);
    expect(file.findings).toHaveLength(1);
    expect(file.findings[0]).toMatchObject({ rule: 'write-and-execute', severity: 'warning' });
  });

  it('checks a boot loader by the rules for PE/COFF', async () => {
    const loader = (subsystem: number) => build('cranelift', { 'usr/lib/boot/x.efi': { staged: peFile(subsystem) } });
    await loader(10);
    expect(await check(false, 'bootloader')).toEqual({ success: true });
    expect(out).toBe('usr/lib/boot/x.efi: ok (bootloader)\n');
    await loader(3);
    expect(await check(false, 'bootloader')).toEqual({ success: false });
    expect(out).toContain('error efi-subsystem: its subsystem is 3, not 10');
  });

  it('does not hold a program to one backend whose C library is by the other', async () => {
    const linked = elfFile({ comment: 'rustc version 1.95.0 (59807616e 2026-04-14)' });
    const files = { 'usr/bin/logd': { staged: elfFile(), linked } };
    await build('cranelift', files);
    expect(await check()).toEqual({ success: false });
    expect(out).toContain('error backend: it is made by llvm, not by cranelift');
    await build('cranelift', files, { crates: [], libc: [{ name: 'relibc', backend: 'llvm' }] });
    expect(await check()).toEqual({ success: true });
  });

  it('says what to do if nothing was built', async () => {
    expect(await check()).toEqual({ success: false });
    expect(err).toMatch(
      /dist\/aarch64\/cranelift\/logd\/artifact\.json: there is no such file: .*not built\n.*build-cranelift/,
    );
  });

  it('refuses a result that is not one of a build', async () => {
    await write('cranelift', 'artifact.json', '{"files": 7}');
    expect(await check()).toEqual({ success: false });
    expect(err).toMatch(/artifact\.json: is not what a build of this version writes\n.*build the component again/);
  });

  it('names a program that is gone', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile() } });
    await rm(join(root, 'dist/aarch64/cranelift/logd/stage'), { recursive: true });
    expect(await check()).toEqual({ success: false });
    expect(err).toMatch(
      /stage\/usr\/bin\/logd: is missing, though artifact.json names it\n.*build the component again/,
    );
  });

  it('names a damaged program', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile().subarray(0, 100) } });
    expect(await check()).toEqual({ success: false });
    expect(err).toMatch(/dist\/aarch64\/cranelift\/logd\/stage\/usr\/bin\/logd: the table of 1 program headers/);
  });
});

describe('executor size', () => {
  const size = (backends: Backend[], json = false) =>
    sizeExecutor({ arch: 'aarch64', backends, outputPath: OUTPUT, json }, context());

  it('puts Cranelift beside LLVM, files and what their bytes are for', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile({ size: 0x300 }) }, 'etc/x': { staged: 'xx' } });
    await build('llvm', { 'usr/bin/logd': { staged: elfFile({ size: 0x100 }) }, 'etc/x': { staged: 'xx' } });
    expect(await size(['cranelift', 'llvm'])).toEqual({ success: true });
    expect(out).toMatch(/Cranelift +LLVM +change +ratio {2}file\n/);
    expect(out).toMatch(/ 768 +256 +\+512 +3\.00x {2}usr\/bin\/logd\n/);
    expect(out).toMatch(/ 770 +258 +\+512 +2\.98x {2}total\n/);
    expect(out).toMatch(/ 768 +100\.0% +256 +100\.0% +\+512 +3\.00x {2}code\n/);
  });

  it('shows one backend alone, and JSON', async () => {
    await build('llvm', { 'usr/bin/logd': { staged: elfFile() } });
    expect(await size(['llvm'])).toEqual({ success: true });
    expect(out).toMatch(/^LLVM {2}file\n +256 {2}usr\/bin\/logd\n/);
    out = '';
    expect(await size(['llvm'], true)).toEqual({ success: true });
    expect(JSON.parse(out)).toMatchObject({
      llvm: { files: { 'usr/bin/logd': 256 }, programs: { code: 256 }, total: 256 },
    });
  });

  it('says which build is missing', async () => {
    await build('cranelift', { 'usr/bin/logd': { staged: elfFile() } });
    expect(await size(['cranelift', 'llvm'])).toEqual({ success: false });
    expect(err).toMatch(/dist\/aarch64\/llvm\/logd\/artifact\.json/);
  });
});
