import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeDisk } from './disk';
import type { ImageRecord } from './record';
import { requestOf } from './request';
import { efiFile } from './testing/boot-parts';
import { withImageTool, withWorkspaces } from './testing/workspace';

/** Programs that read disks, and the Debian package of each. */
const PROGRAMS = { 'fsck.fat': 'dosfstools', mcopy: 'mtools', sgdisk: 'gdisk' };
const MIB = 2 ** 20;
// Debian keeps some of them out of the PATH of plain users.
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C' };

withImageTool();
const workspace = withWorkspaces();

function call(
  program: keyof typeof PROGRAMS | 'mdir',
  args: readonly string[],
): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  return { status, out: `${stdout}${stderr}` };
}

beforeEach((context) => {
  const missing = Object.entries(PROGRAMS).filter(([name]) => spawnSync(name, ['--version'], { env }).error);
  if (missing.length === 0) return;
  const advice = `install the packages ${missing.map(([, name]) => name).join(' ')}`;
  if (process.env['CI']) throw new Error(advice);
  context.skip(advice);
});

/** The EFI system partition in a file of its own; what is zero stays a hole. */
function efiPartition(root: string, disk: string, { partitions }: ImageRecord): string {
  const { firstLba, size } = partitions.find(({ name }) => name === 'EFI')!;
  const path = join(root, 'efi.img');
  const [from, to] = [openSync(disk, 'r'), openSync(path, 'w')];
  ftruncateSync(to, size);
  const chunk = Buffer.alloc(MIB);
  for (let at = 0; at < size; at += MIB) {
    readSync(from, chunk, 0, MIB, firstLba * 512 + at);
    if (chunk.some((byte) => byte !== 0)) writeSync(to, chunk, 0, MIB, at);
  }
  closeSync(from);
  closeSync(to);
  return path;
}

async function diskWith(root: string, efiMiB: number): Promise<{ disk: string; record: ImageRecord }> {
  writeFileSync(join(root, 'boot.efi'), efiFile('aarch64', 300_000));
  const request = requestOf(root, {
    arch: 'aarch64',
    backend: 'llvm',
    bootloader: 'boot.efi',
    files: [{ from: 'stage', to: '/' }],
    sizeMiB: efiMiB + 8,
    outputPath: 'out',
  });
  const record = await writeDisk(root, { ...request, efiMiB });
  return { disk: join(root, 'out/disk.img'), record };
}

describe('a disk as other programs read it', () => {
  it('has a partition table without faults', async () => {
    const { disk, record } = await diskWith(workspace(), 1);
    expect(call('sgdisk', ['-v', disk])).toMatchObject({ status: 0, out: expect.stringMatching(/No problems found/) });
    const guids = call('sgdisk', ['-p', disk]).out;
    expect(guids).toContain(`Disk identifier (GUID): ${record.guid!.toUpperCase()}`);
    expect(
      guids
        .split('\n')
        .slice(-4, -1)
        .map((line) => line.trim().split(/ +/).join(' ')),
    ).toEqual(['1 34 2047 1007.0 KiB EF02 BIOS', '2 2048 4095 1024.0 KiB EF00 EFI', '3 4096 16383 6.0 MiB 8300 REDOX']);
    for (const [number, { guid }] of record.partitions.entries()) {
      expect(call('sgdisk', ['-i', String(number + 1), disk]).out).toContain(guid.toUpperCase());
    }
    // The backup, when the first is lost.
    const broken = readFileSync(disk).fill(0, 512, 34 * 512);
    writeFileSync(`${disk}.broken`, broken);
    expect(call('sgdisk', ['-p', `${disk}.broken`]).out).toMatch(/REDOX/);
  });

  // FAT12, FAT16 and FAT32, and the sizes around them.
  it.each([1, 2, 4, 5, 16, 33, 127, 128, 512])(
    'has an EFI system partition of %i MiB without faults, with the boot loader in it',
    async (efiMiB) => {
      const root = workspace();
      const { disk, record } = await diskWith(root, efiMiB);
      const efi = efiPartition(root, disk, record);
      const { status, out } = call('fsck.fat', ['-n', efi]);
      expect({ status, out }).toMatchObject({
        status: 0,
        out: expect.stringMatching(/: 3 files, \d+\/\d+ clusters\n$/),
      });
      const copy = join(root, 'copy.efi');
      expect(call('mcopy', ['-i', `${disk}@@1M`, '::EFI/BOOT/BOOTAA64.EFI', copy])).toEqual({ status: 0, out: '' });
      expect(readFileSync(copy).equals(efiFile('aarch64', 300_000))).toBe(true);
    },
    60_000,
  );

  it('has the time of SOURCE_DATE_EPOCH in FAT, in UTC, and never one before 1980', async () => {
    const root = workspace();
    const before = process.env['SOURCE_DATE_EPOCH'];
    try {
      // Days around the end of February of leap years and others.
      for (const time of ['1774958096', '1709164800', '1709251200', '4107456000', '4107542400', '0']) {
        process.env['SOURCE_DATE_EPOCH'] = time;
        const { disk } = await diskWith(root, 1);
        const [date, clock] = new Date(Math.max(Number(time), Date.UTC(1980) / 1000) * 1000).toISOString().split('T');
        const shown = call('mdir', ['-i', `${disk}@@1M`, '::EFI/BOOT/BOOTAA64.EFI']).out;
        expect(shown).toMatch(new RegExp(`300000 ${date} +${clock!.slice(0, 5).replace(/^0/, ' ?0?')}`));
      }
    } finally {
      if (before === undefined) delete process.env['SOURCE_DATE_EPOCH'];
      else process.env['SOURCE_DATE_EPOCH'] = before;
    }
  });
});
