import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { buildElf } from '@nx-redox/binary/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planImage } from '../layout';
import { bootstrapElf } from '../testing/bootstrap-elf';
import { bootstrap, dir, file } from '../testing/trees';
import { imageBytes } from '../write';
import inspectExecutor from './inspect/inspect.impl';
import sizeExecutor from './size/size.impl';

const IMAGE = 'dist/{arch}/{backend}/initfs/initfs.img';

let root: string;
let out: string;
let err: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'initfs-executors-'));
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function write(backend: string, size: number): string {
  const init = file(bootstrapElf({ address: 0x400000n, size }), true);
  const tree = { root: dir({ bin: dir({ init, first: { kind: 'link', target: 'init' } }) }), bootstrap: bootstrap() };
  const path = join(root, `dist/aarch64/${backend}/initfs/initfs.img`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, imageBytes(planImage(tree, { format: 'D', layout: 'compact', time: 0n })));
  return path;
}

describe('executor inspect', () => {
  const inspect = (options: { backend: 'cranelift' | 'llvm'; json?: boolean }) =>
    inspectExecutor({ arch: 'aarch64', image: IMAGE, ...options }, { root } as ExecutorContext);

  it('shows format, parts and files', async () => {
    write('llvm', 5000);
    expect(await inspect({ backend: 'llvm' })).toEqual({ success: true });
    expect(out).toMatch(/^dist\/aarch64\/llvm\/initfs\/initfs\.img\n {2}format {5}D\n/);
    expect(out).toMatch(/\ndr-xr-xr-x {4}0 bin\/\nlrwxrwxrwx {4}0 bin\/first -> init\n-r-xr-xr-x 5000 bin\/init\n$/);
  });

  it('gives JSON', async () => {
    write('llvm', 5000);
    expect(await inspect({ backend: 'llvm', json: true })).toEqual({ success: true });
    const facts = JSON.parse(out);
    expect(facts).toMatchObject({ format: 'D', problems: [], header: { bootstrapEntry: '0x2078' } });
    expect(facts.entries.map(({ path }: { path: string }) => path)).toEqual(['bin', 'bin/first', 'bin/init']);
  });

  it('fails if the image is damaged, and says how', async () => {
    const path = write('llvm', 5000);
    rmSync(path);
    writeFileSync(path, imageBytesCutOff());
    expect(await inspect({ backend: 'llvm' })).toEqual({ success: false });
    expect(err).toMatch(/initfs\.img: the image says it has \d+ bytes, the file ends after \d+: it is cut off/);
  });

  it('says what to do if there is no image', async () => {
    expect(await inspect({ backend: 'cranelift' })).toEqual({ success: false });
    expect(err).toMatch(/dist\/aarch64\/cranelift\/initfs\/initfs\.img: there is no image/);
    expect(err).toMatch(/bundle-cranelift/);
  });
});

function imageBytesCutOff(): Buffer {
  const tree = { root: dir({ a: file('x'.repeat(5000)) }), bootstrap: bootstrap() };
  return imageBytes(planImage(tree, { format: 'D', layout: 'compact', time: 0n })).subarray(0, -4096);
}

describe('executor size', () => {
  const size = (json?: boolean) => sizeExecutor({ arch: 'aarch64', image: IMAGE, json }, { root } as ExecutorContext);

  it('puts Cranelift beside LLVM', async () => {
    write('cranelift', 9000);
    write('llvm', 5000);
    expect(await size()).toEqual({ success: true });
    expect(out).toMatch(/Cranelift +LLVM +change +ratio {2}file\n/);
    expect(out).toMatch(/ 9000 +5000 +\+4000 +1\.80x {2}bin\/init\n/);
    expect(out).toMatch(/of all programs\n[^]*% .*code\n[^]*of the image\n/);
  });

  it('gives JSON', async () => {
    write('cranelift', 9000);
    write('llvm', 5000);
    await size(true);
    const report = JSON.parse(out);
    expect(report.files[0]).toEqual({ path: 'bin/init', size: 9000, against: 5000 });
    expect(report).toMatchObject({
      cranelift: 'dist/aarch64/cranelift/initfs/initfs.img',
      llvm: 'dist/aarch64/llvm/initfs/initfs.img',
    });
  });

  it('names what is in the programs, over all of them, and what only Cranelift has', async () => {
    for (const backend of ['cranelift', 'llvm']) {
      write(backend, 5000);
      for (const name of ['init', 'logd']) {
        const text = { name: '.text', flags: 6, address: 0x400000n, bytes: new Uint8Array(64) };
        const symbol = (of: string, value: bigint) => ({ name: of, value, size: 16n, type: 2, section: 1 });
        const extra = backend === 'cranelift' ? [symbol('_RNvCs1_4core5small', 0x400010n)] : [];
        const symbols = [symbol('_start', 0x400000n), ...extra];
        const path = join(root, `dist/aarch64/${backend}/${name}/debug/${name}`);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, buildElf({ machine: 183, entry: 0x400000n, sections: [text], symbols }));
      }
    }
    const programs = ['init', 'logd'].map((name) => ({
      name,
      cranelift: `dist/{arch}/cranelift/${name}/debug/${name}`,
      llvm: `dist/{arch}/llvm/${name}/debug/${name}`,
    }));
    const run = (more: object) => sizeExecutor({ arch: 'aarch64', image: IMAGE, ...more }, { root } as ExecutorContext);
    expect(await run({ programs })).toEqual({ success: true });
    expect(out).toMatch(/Cranelift +share +LLVM +share +change +ratio +crate\n[^]* 32 +25\.0% +0 +0\.0% +\+32 +core\n/);
    expect(out).toMatch(/ 32 +32 +2x +_start\n +init: _start\n/);
    expect(out).toMatch(/only in Cranelift: 32 bytes of 1 functions and data\n[^]* 32 +0 +2x +core::small \(core\)\n/);
    rmSync(join(root, 'dist/aarch64/llvm/logd'), { recursive: true });
    expect(await run({ programs })).toEqual({ success: false });
    expect(err).toMatch(/llvm\/logd\/debug\/logd: there is no such program\n[^]*build-llvm/);
  });

  it('needs both images', async () => {
    write('cranelift', 9000);
    expect(await size()).toEqual({ success: false });
    expect(err).toMatch(/llvm\/initfs\/initfs\.img: there is no image\n[^]*bundle-llvm/);
  });
});
