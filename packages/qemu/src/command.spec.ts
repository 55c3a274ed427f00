import { type Arch, run } from '@nx-redox/kit';
import { describe, expect, it } from 'vitest';
import { formatCommand, qemuCommand } from './command';
import type { Firmware } from './firmware';

const machine = {
  machine: 'virt,acpi=off',
  cpu: 'max',
  memory: 256,
  args: ['-device', 'virtio-rng-device'],
  defaults: [],
};

describe('the command line', () => {
  it('is the same machine for a boot and by hand', () => {
    const command = (console: 'terminal' | 'captured') =>
      qemuCommand(
        { arch: 'aarch64', qemu: machine },
        { method: 'direct', kernel: 'dist/k.img', initrd: 'dist/i.img' },
        console,
      ).join(' ');
    expect(command('terminal')).toBe(
      'qemu-system-aarch64 -M virt,acpi=off -cpu max -m 256 -smp 1 -nodefaults -display none -serial mon:stdio ' +
        '-semihosting-config enable=on,target=native -no-reboot -kernel dist/k.img -initrd dist/i.img -device virtio-rng-device',
    );
    expect(command('captured')).toBe(
      command('terminal').replace(
        '-serial mon:stdio',
        '-chardev stdio,id=serial,signal=off -serial chardev:serial -chardev socket,id=qmp,fd=3 -mon chardev=qmp,mode=control',
      ),
    );
  });

  it('has firmware and a disk that nobody writes to, and neither network nor display', () => {
    const command = (arch: Arch, firmware: Firmware) =>
      qemuCommand(
        { arch, qemu: { ...machine, args: [] } },
        { method: 'uefi', disk: 'my,disk', firmware },
        'terminal',
      ).join(' ');
    const disk = '-drive if=none,id=disk,format=raw,snapshot=on,file=my,,disk';
    expect(command('aarch64', { code: '/fw,1' })).toBe(
      'qemu-system-aarch64 -M virt,acpi=off -cpu max -m 256 -smp 1 -nodefaults -display none -serial mon:stdio ' +
        '-semihosting-config enable=on,target=native -no-reboot ' +
        `-bios /fw,1 ${disk} -device virtio-blk-pci,drive=disk,bootindex=0`,
    );
    const flash = (unit: number, file: string) => `-drive if=pflash,unit=${unit},format=raw,snapshot=on,file=${file}`;
    const nvme = `${disk} -device nvme,drive=disk,serial=nx-redox,bootindex=0`;
    expect(command('x86_64', { code: '/fw,1' })).toContain(` -no-reboot ${flash(0, '/fw,,1')} ${nvme}`);
    expect(command('x86_64', { code: '/c', variables: '/v' })).toContain(`${flash(0, '/c')} ${flash(1, '/v')} ${nvme}`);
  });

  it('survives a shell', async () => {
    const words = ['a b', "it's", '$HOME', '', '-M', 'virt,acpi=off', '`x`', '*'];
    const { stdout } = await run('sh', ['-c', `printf '%s\\n' ${formatCommand(words)}`]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });
});
