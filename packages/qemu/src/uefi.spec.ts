import { type Arch, run } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootSystem } from './boot';
import { qemuProgram } from './qemu-program';
import { findFirmware } from './firmware';
import type { BootInput } from './options';
import type { BootReport } from './report';
import { CODE_OFFSET, efiProgram } from './testing/efi-program';
import { elfFile } from './testing/elf-file';
import { fatDisk } from './testing/fat-disk';
import { guest } from './testing/guest';
import { x86Guest } from './testing/guest-x86';
import { qemusIn } from './testing/processes';

// Real firmware under emulation takes five seconds until it starts a program: each boot here tests several things.
const PATIENCE = 120_000;

async function missing(arch: Arch): Promise<string> {
  const gone = await Promise.all([findFirmware(arch, { root: '/' }), run(qemuProgram(arch), ['--version'])]).then(
    () => '',
    (error: Error) => error.message,
  );
  if (gone) console.warn(`UEFI boots for ${arch} are not tested: ${gone}`);
  return gone;
}
let noAarch64: string;
let noX86: string;
let root: string;
beforeAll(async () => {
  [noAarch64, noX86] = await Promise.all([missing('aarch64'), missing('x86_64')]);
  root = await mkdtemp(join(tmpdir(), 'nx-redox-uefi-'));
});
afterAll(async () => {
  expect(await qemusIn(root)).toEqual([]);
  await rm(root, { recursive: true, force: true });
});

const MACHINES = {
  aarch64: { machine: 'virt,acpi=off', cpu: 'max' },
  x86_64: { machine: 'q35', cpu: 'core2duo', disk: 'nvme' },
} as const;
const BOOTLOADER: Record<Arch, string> = { aarch64: 'EFI/BOOT/BOOTAA64.EFI', x86_64: 'EFI/BOOT/BOOTX64.EFI' };

async function boot(
  name: string,
  arch: Arch,
  program: Uint8Array | undefined,
  changes: Partial<BootInput> = {},
): Promise<{ report: BootReport; printed: string; disk: Uint8Array; after: Uint8Array }> {
  const disk = program ? fatDisk(BOOTLOADER[arch], program) : fatDisk();
  await writeFile(join(root, `${name}, disk.img`), disk);
  let printed = '';
  const options: BootInput = {
    arch,
    backend: 'cranelift',
    system: 'toy',
    method: 'uefi',
    disk: `${name}, disk.img`,
    qemu: { ...MACHINES[arch], memory: 256 },
    guest: redox.guest,
    output: `${name}/boot`,
    stages: [
      { name: 'firmware', pattern: '^BdsDxe: starting', timeout: 100 },
      { name: 'kernel', pattern: '^kernel is up', timeout: 20 },
      { name: 'login', pattern: 'login:', timeout: 1 },
    ],
    ...changes,
  };
  const report = await bootSystem(options, { workspaceRoot: root, out: { write: (text) => (printed += text) } });
  return { report, printed, disk, after: await readFile(join(root, `${name}, disk.img`)) };
}

describe.concurrent('a boot by UEFI', () => {
  it(
    'of aarch64 that hangs is explained like a direct one',
    async ({ skip }) => {
      skip(noAarch64 !== '', noAarch64);
      // An address that is free in this machine: so the program's symbols are at known places.
      const base = 0x4800_0000;
      const at = BigInt(base + CODE_OFFSET);
      const code = guest(
        'mask',
        { frame: base + CODE_OFFSET + 4 },
        { say: '\x1b[2J\x1b[01;01Hkernel is up\r\n' },
        'hang',
      );
      const functions = [
        { name: '_RNvCs1234_6kernel4main', at: 0, size: 4 },
        { name: '_RNvNtCs1234_6kernel4wait5event', at: 4, size: code.length - 4 },
      ];
      await writeFile(join(root, 'kernel'), elfFile(code, { virtual: at, physical: at }, functions));
      const { report, printed, disk, after } = await boot('hang', 'aarch64', efiProgram('aarch64', code, base), {
        debugFiles: ['kernel'],
      });
      expect(report).toMatchObject({
        method: 'uefi',
        verdict: 'timeout',
        cause: 'stage "login" did not come within 1 s; the last stage reached is "kernel"',
        machine: { status: 'running' },
        trace: [
          { kind: 'PC', hits: [{ function: 'kernel::wait::event', file: 'kernel' }] },
          { kind: 'frame', address: `0x${(at + 4n).toString(16)}`, hits: [{ function: 'kernel::main', offset: 4 }] },
        ],
      });
      expect(report.lastLines.at(-1)).toBe('kernel is up');
      expect(printed).toMatch(
        /^booting toy, aarch64, cranelift, by UEFI\n {2}machine {3}virt,acpi=off, cpu max, emulated, 256 MiB/,
      );
      expect(printed).toContain('hang, disk.img (virtio), which stays as it is');
      expect(after).toEqual(disk);
    },
    PATIENCE,
  );

  it(
    'of x86_64 passes when the guest says so, and its variables are thrown away',
    async ({ skip }) => {
      skip(noX86 !== '', noX86);
      const { variables } = await findFirmware('x86_64', { root });
      const before = variables && (await readFile(variables));
      const { report } = await boot(
        'good',
        'x86_64',
        efiProgram('x86_64', x86Guest('mask', { say: '\r\nkernel is up\r\nlogin: ' }, { exit: 25 })),
      );
      expect(report).toMatchObject({ verdict: 'passed', exitCode: 51 });
      if (variables) expect(await readFile(variables)).toEqual(before);
    },
    PATIENCE,
  );

  it(
    'of x86_64 that hangs shows where',
    async ({ skip }) => {
      skip(noX86 !== '', noX86);
      const base = 0x400_0000;
      const at = BigInt(base + CODE_OFFSET);
      const code = x86Guest('mask', { say: '\r\nkernel is up\n' }, 'hang');
      await writeFile(
        join(root, 'kernel-x86'),
        elfFile(code, { virtual: at, physical: at }, [{ name: 'kmain', at: 0, size: code.length }]),
      );
      const { report, printed } = await boot('hang-x86', 'x86_64', efiProgram('x86_64', code, base), {
        debugFiles: ['kernel-x86'],
      });
      expect(report).toMatchObject({ verdict: 'timeout', machine: { status: 'running' } });
      expect(report.trace[0]).toMatchObject({ kind: 'PC', hits: [{ function: 'kmain', offset: code.length - 2 }] });
      expect(printed).toMatch(/machine: running {2}RIP=0000000004001/);
    },
    PATIENCE,
  );

  it(
    'of x86_64 fails at once when the guest resets the machine',
    async ({ skip }) => {
      skip(noX86 !== '', noX86);
      const program = efiProgram('x86_64', x86Guest('mask', { say: '\r\nkernel is up\r\n' }, 'triple-fault'));
      const { report } = await boot('triple', 'x86_64', program, {
        stages: [{ name: 'kernel', pattern: '^kernel is up', timeout: 100 }],
      });
      expect(report).toMatchObject({
        verdict: 'failed',
        cause: 'the guest restarted the machine (a triple fault does so too) after the last stage',
      });
    },
    PATIENCE,
  );

  it(
    'fails at once when there is no bootloader on the disk',
    async ({ skip }) => {
      skip(noX86 !== '', noX86);
      const { report } = await boot('empty', 'x86_64', undefined, {
        stages: [{ name: 'kernel', pattern: 'kernel is up', timeout: 100 }],
      });
      expect(report).toMatchObject({ verdict: 'failed' });
      expect(report.cause).toMatch(/no bootloader on the disk: no FAT partition with EFI\/BOOT\/BOOTX64\.EFI$/);
    },
    PATIENCE,
  );
});
