import type { Arch } from '@nx-redox/kit';
import type { Firmware } from './firmware';
import type { Accelerator } from './accelerator';
import { ARCH_FACTS, DISKS } from './machine';
import type { MachineOptions, QemuMachine } from './options';
import { qemuProgram } from './qemu-program';

/** Who reads the serial line: the user's terminal, or us (standard output; QMP on file descriptor 3). */
export type Console = 'terminal' | 'captured';

/** What QEMU loads. Paths are absolute or relative to the folder that it is started in. */
export type BootFiles =
  | { method: 'direct'; kernel: string; initrd?: string; append?: string }
  | { method: 'uefi'; disk: string; firmware: Firmware }
  | { method: 'bios'; disk: string };

/** A path inside an argument of the form `key=value,key=value`. */
const quoted = (path: string) => path.replaceAll(',', ',,');

function flash(unit: number, path: string): string[] {
  // Writes go to a temporary file of QEMU, so nobody's image changes, and an image that may not be written is good enough.
  return ['-drive', `if=pflash,unit=${unit},format=raw,snapshot=on,file=${quoted(path)}`];
}

function sourceArgs(arch: Arch, qemu: QemuMachine, files: BootFiles): string[] {
  if (files.method === 'direct') {
    const { kernel, initrd, append } = files;
    return [
      ...['-kernel', kernel],
      ...(initrd === undefined ? [] : ['-initrd', initrd]),
      ...(append === undefined ? [] : ['-append', append]),
    ];
  }
  return [
    ...(files.method === 'uefi' ? firmwareArgs(arch, files.firmware) : []),
    ...['-drive', `if=none,id=disk,format=raw,snapshot=on,file=${quoted(files.disk)}`],
    ...['-device', DISKS[qemu.disk]],
  ];
}

function firmwareArgs(arch: Arch, { code, variables }: Firmware): string[] {
  return [
    // virt takes a ROM of any size, but flash only of exactly 64 MiB; q35 takes a ROM only if its size is a multiple of 64 KiB.
    ...(arch === 'aarch64' ? ['-bios', code] : flash(0, code)),
    ...(variables === undefined ? [] : flash(1, variables)),
  ];
}

function networkArgs({ network }: QemuMachine, console: Console): string[] {
  if (network === 'none') return [];
  // A boot that is judged must not depend on what it finds in the network; QEMU's own DHCP answers nevertheless.
  const restrict = console === 'captured' ? ',restrict=on' : '';
  // Not every package of QEMU brings the card's ROM, which is for booting from the network.
  return ['-netdev', `user,id=net0${restrict}`, '-device', `${network},netdev=net0,romfile=`];
}

/** The command that boots a system: program and arguments. */
export function qemuCommand(
  { arch, qemu }: Pick<MachineOptions, 'arch' | 'qemu'>,
  files: BootFiles,
  console: Console,
  accelerator: Accelerator = 'tcg',
): [program: string, ...args: string[]] {
  const { machine, cpu, memory, cpus, args } = qemu;
  const accelerated = accelerator !== 'tcg';
  // Without graphics a BIOS writes to the serial line.
  const full = files.method === 'bios' ? `${machine},graphics=off` : machine;
  return [
    qemuProgram(arch),
    ...['-M', full, ...(accelerated ? ['-accel', accelerator] : [])],
    // Hardware runs programs for the processor that it is.
    ...['-cpu', accelerated ? 'host' : cpu, '-m', String(memory), '-smp', String(cpus)],
    // Without -nodefaults there is a network card, which needs a ROM file that not every package brings,
    // and on x86_64 a display, for which Redox's bootloader would ask for a video mode.
    ...['-nodefaults', '-display', 'none'],
    ...(console === 'terminal'
      ? ['-serial', 'mon:stdio']
      : [
          ...['-chardev', 'stdio,id=serial,signal=off', '-serial', 'chardev:serial'],
          ...['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
        ]),
    ...ARCH_FACTS[arch].exit(accelerated),
    '-no-reboot',
    ...sourceArgs(arch, qemu, files),
    ...networkArgs(qemu, console),
    ...args,
  ];
}
