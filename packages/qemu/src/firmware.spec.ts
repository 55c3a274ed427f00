import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findFirmware, firmwareFailures } from './firmware';
import { BootJudge } from './boot-judge';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nx-redox-firmware-'));
  for (const name of ['REDOX_FIRMWARE_AARCH64', 'REDOX_FIRMWARE_X86_64']) vi.stubEnv(name, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

async function image(path: string, content = 'firmware'): Promise<string> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** A QEMU that tells where its data files are. */
async function qemuWithData(folder: string) {
  const program = await image('qemu', `#!/bin/sh\n[ "$*" = "-L help" ] && printf '%s\\n' /nowhere '${folder}'\n`);
  await chmod(program, 0o755);
  vi.stubEnv('REDOX_QEMU_X86_64', program);
  vi.stubEnv('REDOX_QEMU_AARCH64', program);
}

describe('UEFI firmware', () => {
  it('is the first of the usual places that is there', async () => {
    const places = ['a', 'b', 'c'].map((name) => join(root, name));
    await image('b');
    await image('c');
    expect(await findFirmware('aarch64', { root }, places)).toEqual({ code: join(root, 'b') });
  });

  it('has the variables that lie beside its code, which only x86_64 needs', async () => {
    const code = await image('OVMF_CODE_4M.fd');
    expect(await findFirmware('x86_64', { root }, [code])).toEqual({ code });
    const variables = await image('OVMF_VARS_4M.fd');
    expect(await findFirmware('x86_64', { root }, [code])).toEqual({ code, variables });
    expect(await findFirmware('aarch64', { root }, [code])).toEqual({ code });
    const whole = await image('OVMF.fd');
    expect(await findFirmware('x86_64', { root }, [whole])).toEqual({ code: whole });
  });

  it("is QEMU's own if there is no other", async () => {
    await qemuWithData(join(root, 'data'));
    const code = await image('data/edk2-x86_64-code.fd');
    const variables = await image('data/edk2-i386-vars.fd');
    const arm = await image('data/edk2-aarch64-code.fd');
    expect(await findFirmware('x86_64', { root }, [])).toEqual({ code, variables });
    expect(await findFirmware('aarch64', { root }, [])).toEqual({ code: arm });
  });

  it('is what the option names, then what the variable names', async () => {
    const usual = await image('usual');
    const fromVariable = await image('variable.fd');
    vi.stubEnv('REDOX_FIRMWARE_AARCH64', fromVariable);
    const given = await image('given.fd');
    expect(await findFirmware('aarch64', { root, given: 'given.fd' }, [usual])).toEqual({ code: given });
    expect(await findFirmware('aarch64', { root }, [usual])).toEqual({ code: fromVariable });
    await rm(fromVariable);
    await expect(findFirmware('aarch64', { root }, [usual])).rejects.toMatchObject({
      message: 'the firmware that REDOX_FIRMWARE_AARCH64 names is not there',
      file: fromVariable,
    });
    await expect(findFirmware('aarch64', { root, given: 'gone' }, [usual])).rejects.toMatchObject({
      message: 'the firmware that the option firmware names is not there',
      file: 'gone',
    });
  });

  it('must be a raw image', async () => {
    await writeFile(join(root, 'fw.qcow2'), Buffer.from('QFI\xfb and more', 'latin1'));
    await expect(findFirmware('x86_64', { root, given: 'fw.qcow2' })).rejects.toMatchObject({
      name: 'UserError',
      advice: [expect.stringContaining('qemu-img convert')],
    });
    // Too short for any format: QEMU will say so.
    await expect(findFirmware('x86_64', { root, given: await image('short', '') })).resolves.toBeDefined();
  });

  it('that is nowhere is missed with the places and the packages', async () => {
    await qemuWithData('/data');
    await expect(findFirmware('x86_64', { root }, ['/gone/OVMF.fd'])).rejects.toMatchObject({
      name: 'UserError',
      message: 'there is no UEFI firmware for x86_64',
      advice: [
        'looked for: /gone/OVMF.fd, /nowhere/edk2-x86_64-code.fd, /data/edk2-x86_64-code.fd',
        'with apt: sudo apt-get install -y ovmf',
        expect.stringMatching(/^with dnf: /),
        expect.stringMatching(/^with pacman: /),
        expect.stringMatching(/^with brew: /),
        'or name an image with REDOX_FIRMWARE_X86_64=/path/to/firmware.fd',
      ],
    });
    vi.stubEnv('REDOX_QEMU_X86_64', join(root, 'gone'));
    await expect(findFirmware('x86_64', { root }, [])).rejects.toThrow(/^cannot run .*, which REDOX_QEMU_X86_64 names/);
  });
});

describe('a boot that ends in the firmware', () => {
  const verdict = (text: string) => {
    const stages = [{ name: 'kernel', pattern: 'kernel is up', timeout: 9 }];
    const judge = new BootJudge(stages, { ok: 51, failed: 53 }, firmwareFailures('aarch64', 'uefi'));
    judge.feed(Buffer.from(`Bootloader\r\n${text}\r\n`), 1);
    judge.tick(1 + 4);
    return judge.judgement?.cause;
  };

  it.each([
    ['BdsDxe: failed to load Boot0001 "disk" from PciRoot(0x0)/Pci(0x1,0x0): Not Found', /no bootloader on the disk/],
    ['BdsDxe: failed to load Boot0001 "disk" from PciRoot(0x0): Access Denied', /refused EFI\/BOOT\/BOOTAA64\.EFI/],
    ['BdsDxe: failed to start Boot0001 "disk" from PciRoot(0x0): Unsupported', /or that returned with an error/],
    ['UEFI Interactive Shell v2.2', /booted nothing/],
    ['BdsDxe: No bootable option or device was found.', /booted nothing/],
    ['Synchronous Exception at 0x000000007F5C1000', /CPU exception before the kernel/],
    ['!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!', /CPU exception before the kernel/],
  ])('by "%s" says why', (line, cause) => {
    expect(verdict(line)).toMatch(cause);
  });

  it('is not one that goes on', () => {
    expect(
      verdict('BdsDxe: loading Boot0001 "disk" from PciRoot(0x0)\r\nBdsDxe: starting Boot0001 "disk"'),
    ).toBeUndefined();
  });
});
