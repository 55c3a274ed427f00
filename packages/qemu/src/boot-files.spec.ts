import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareFiles } from './boot-files';
import { elfFile } from './testing/elf-file';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const HIGH = 0xffff_0000_4008_0000n;
const LOW = 0x4008_0000n;

async function prepareDirect(source: { kernel: string; initrd?: string }) {
  const options = { arch: 'aarch64' as const, system: 'mini', output: 'out' };
  const files = await prepareFiles(root, { ...options, source: { method: 'direct', ...source } });
  return files as Extract<typeof files, { method: 'direct' }>;
}

async function prepare(kernel: Uint8Array) {
  await writeFile(join(root, 'kernel'), kernel);
  return prepareDirect({ kernel: 'kernel' });
}

/** Code with an arm64 Image header. */
function withHeader(textOffset: bigint, imageSize: bigint): Buffer {
  const code = Buffer.alloc(64);
  code.writeBigUInt64LE(textOffset, 8);
  code.writeBigUInt64LE(imageSize, 16);
  code.write('ARM\x64', 0x38, 'latin1');
  return code;
}

describe('the kernel for -kernel', () => {
  it('is the file itself if it is no ELF file', async () => {
    expect(await prepare(Buffer.from('raw'))).toEqual({ method: 'direct', kernel: 'kernel', initrd: undefined });
    expect(await readdir(root)).toEqual(['kernel']);
  });

  it('is a flat image of an ELF file, by physical addresses', async () => {
    const code = Buffer.from('the code');
    expect((await prepare(elfFile(code, { virtual: HIGH, physical: LOW }))).kernel).toBe('out/kernel.img');
    expect(await readFile(join(root, 'out/kernel.img'))).toEqual(code);
  });

  it.each([
    [0n, 0n, LOW],
    [0n, 64n, 0x4020_0000n],
    [0x8_0000n, 64n, LOW],
    [0x20_0000n, 64n, 0x4020_0000n],
  ])('with an Image header (text_offset %d, image_size %d) belongs to 0x%s', async (offset, size, address) => {
    const elf = (physical: bigint) => elfFile(withHeader(offset, size), { virtual: HIGH, physical, entry: HIGH + 16n });
    expect((await prepare(elf(address))).kernel).toBe('out/kernel.img');
    await expect(prepare(elf(address + 0x1000n))).rejects.toThrow(
      `begin at 0x${(address + 0x1000n).toString(16)}, but QEMU loads it at 0x${address.toString(16)}`,
    );
  });

  it('must start at its first byte', async () => {
    const elf = (entry: bigint) => elfFile(Buffer.alloc(64), { virtual: HIGH, physical: LOW, entry });
    await expect(prepare(elf(HIGH + 8n))).rejects.toThrow(
      /entry point .*, 0xffff000040080008, is 0x8 bytes behind that/,
    );
    await expect(prepare(elf(1n))).rejects.toThrow(/0x1, is not in the loaded part/);
    expect(await readdir(root)).toEqual(['kernel']);
  });

  it('is refused with its name if it is broken', async () => {
    await expect(prepare(Buffer.from('\x7fELF'))).rejects.toMatchObject({ name: 'UserError', file: 'kernel' });
  });
});

describe('a file that is missing', () => {
  it('is named', async () => {
    const source = { kernel: 'kernel', initrd: 'initfs.img' };
    await expect(prepareDirect(source)).rejects.toMatchObject({
      message: 'the kernel to boot is not there',
      file: 'kernel',
    });
    await writeFile(join(root, 'kernel'), 'raw');
    await expect(prepareDirect(source)).rejects.toMatchObject({
      message: 'the initrd to boot is not there',
      file: 'initfs.img',
      advice: expect.arrayContaining([expect.stringContaining('mini:boot')]),
    });
  });
});

describe('the disk of a boot by UEFI', () => {
  it('needs firmware and a file', async () => {
    await writeFile(join(root, 'disk.img'), '');
    await writeFile(join(root, 'fw.fd'), 'firmware');
    const prepare = (disk: string) =>
      prepareFiles(root, {
        arch: 'aarch64',
        system: 'mini',
        output: 'out',
        source: { method: 'uefi', disk, firmware: 'fw.fd' },
      });
    expect(await prepare('disk.img')).toEqual({
      method: 'uefi',
      disk: 'disk.img',
      firmware: { code: join(root, 'fw.fd') },
    });
    await expect(prepare('gone.img')).rejects.toMatchObject({
      message: 'the disk to boot is not there',
      file: 'gone.img',
    });
  });
});
