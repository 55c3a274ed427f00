import { run, UserError } from '@nx-redox/common';
import { describe, expect, it } from 'vitest';
import { formatCommand, qemuCommand } from './command';

const machine = { machine: 'virt,acpi=off', cpu: 'max', memory: 256, args: ['-device', 'virtio-rng-device'] };

describe('the command line', () => {
  it('is the same machine for a boot and by hand', () => {
    const command = (console: 'terminal' | 'captured') =>
      qemuCommand({ arch: 'aarch64', qemu: machine }, { kernel: 'dist/k.img', initrd: 'dist/i.img' }, console).join(
        ' ',
      );
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

  it('is refused for an architecture without direct boot', () => {
    const command = () => qemuCommand({ arch: 'x86_64', qemu: machine }, { kernel: 'k' }, 'captured');
    expect(command).toThrow(UserError);
    expect(command).toThrow('direct boot knows no machine for x86_64');
  });

  it('survives a shell', async () => {
    const words = ['a b', "it's", '$HOME', '', '-M', 'virt,acpi=off', '`x`', '*'];
    const { stdout } = await run('sh', ['-c', `printf '%s\\n' ${formatCommand(words)}`]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });
});
