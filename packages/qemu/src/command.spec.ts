import { formatCommand, run, type Arch } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';
import { describe, expect, it } from 'vitest';
import { qemuCommand } from './command';
import type { Firmware } from './firmware';

const machine = {
  machine: 'virt,acpi=off',
  cpu: 'max',
  memory: 256,
  args: ['-device', 'virtio-rng-device'],
  cpus: 1,
  disk: 'nvme' as const,
  network: 'none' as const,
  accelerate: false,
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
    const nvme =
      '-drive if=none,id=disk,format=raw,snapshot=on,file=my,,disk -device nvme,drive=disk,serial=nx-redox,bootindex=0';
    expect(command('aarch64', { code: '/fw,1' })).toBe(
      'qemu-system-aarch64 -M virt,acpi=off -cpu max -m 256 -smp 1 -nodefaults -display none -serial mon:stdio ' +
        '-semihosting-config enable=on,target=native -no-reboot ' +
        `-bios /fw,1 ${nvme}`,
    );
    const flash = (unit: number, file: string) => `-drive if=pflash,unit=${unit},format=raw,snapshot=on,file=${file}`;
    expect(command('x86_64', { code: '/fw,1' })).toContain(` -no-reboot ${flash(0, '/fw,,1')} ${nvme}`);
    expect(command('x86_64', { code: '/c', variables: '/v' })).toContain(`${flash(0, '/c')} ${flash(1, '/v')} ${nvme}`);
  });

  it('is that of Redox for x86_64: disk, network and processor', () => {
    const { disk, network, cpus, machine: type, cpu, memory } = redox.machines.x86_64;
    const qemu = { machine: type, cpu, memory, cpus, disk, network, accelerate: true, args: [] };
    const command = (console: 'terminal' | 'captured', speed: 'kvm' | 'tcg') =>
      qemuCommand({ arch: 'x86_64', qemu }, { method: 'bios', disk: 'd' }, console, speed).join(' ');
    expect(command('terminal', 'tcg')).toBe(
      'qemu-system-x86_64 -M q35,graphics=off -cpu core2duo -m 2048 -smp 4 -nodefaults -display none -serial mon:stdio ' +
        '-device isa-debug-exit,iobase=0x501,iosize=2 -no-reboot -drive if=none,id=disk,format=raw,snapshot=on,file=d ' +
        '-device nvme,drive=disk,serial=nx-redox,bootindex=0 -netdev user,id=net0 -device e1000,netdev=net0,romfile=',
    );
    expect(command('captured', 'kvm')).toMatch(/ -accel kvm -cpu host .* -netdev user,id=net0,restrict=on /);
    // Only emulation has semihosting.
    const arm = { arch: 'aarch64', qemu: machine } as const;
    expect(qemuCommand(arm, { method: 'direct', kernel: 'k' }, 'terminal', 'hvf').join(' ')).not.toContain(
      'semihosting',
    );
  });

  it('survives a shell', async () => {
    const words = ['a b', "it's", '$HOME', '', '-M', 'virt,acpi=off', '`x`', '*'];
    const { stdout } = await run('sh', ['-c', `printf '%s\\n' ${formatCommand(words)}`]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });
});
