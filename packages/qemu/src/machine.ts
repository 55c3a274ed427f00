import type { Arch } from '@nx-redox/kit';
/** How a system gets into memory: by QEMU's own `-kernel`, or from a disk by UEFI firmware and a bootloader. */
export const METHODS = ['direct', 'uefi'] as const;
export type Method = (typeof METHODS)[number];

/** The machine, as QEMU's `-M`, `-cpu` and `-m` (MiB) take it. */
export interface MachineDefaults {
  machine: string;
  cpu: string;
  memory: number;
}

/** What differs between the architectures. */
export interface ArchFacts {
  program: string;
  /** Variable that names another program. */
  variable: string;
  /** Package with the program, for each package manager. */
  packages: Record<'apt' | 'dnf' | 'pacman' | 'brew', string>;
  /** Arguments that let the guest hand over an exit status: 51 good, 53 bad. */
  exit: readonly string[];
  /** Machine of each method that is possible. */
  defaults: Partial<Record<Method, MachineDefaults>>;
  /** Device that shows the drive `disk` to the guest. */
  diskDevice: string;
}

export const ARCH_FACTS: Record<Arch, ArchFacts> = {
  aarch64: {
    program: 'qemu-system-aarch64',
    variable: 'REDOX_QEMU_AARCH64',
    packages: {
      apt: 'sudo apt-get install -y qemu-system-arm',
      dnf: 'sudo dnf install -y qemu-system-aarch64',
      pacman: 'sudo pacman -S --needed qemu-system-aarch64',
      brew: 'brew install qemu',
    },
    // SYS_EXIT_EXTENDED of Arm's semihosting specification.
    exit: ['-semihosting-config', 'enable=on,target=native'],
    defaults: {
      direct: { machine: 'virt', cpu: 'cortex-a72', memory: 256 },
      // With ACPI tables Redox's kernel finds no serial port; it does in a device tree.
      uefi: { machine: 'virt,acpi=off', cpu: 'max', memory: 1024 },
    },
    diskDevice: 'virtio-blk-pci,drive=disk,bootindex=0',
  },
  x86_64: {
    program: 'qemu-system-x86_64',
    variable: 'REDOX_QEMU_X86_64',
    packages: {
      apt: 'sudo apt-get install -y qemu-system-x86',
      dnf: 'sudo dnf install -y qemu-system-x86',
      pacman: 'sudo pacman -S --needed qemu-system-x86',
      brew: 'brew install qemu',
    },
    // A byte v written to port 0x501 ends QEMU with 2v + 1: 25 good, 26 bad.
    exit: ['-device', 'isa-debug-exit,iobase=0x501,iosize=2'],
    defaults: {
      // A CPU with XSAVE lets the kernel use an intrinsic that Cranelift does not have.
      uefi: { machine: 'q35', cpu: 'core2duo', memory: 1024 },
    },
    diskDevice: 'nvme,drive=disk,serial=nx-redox,bootindex=0',
  },
};

/** Architectures that a method is possible for. */
export function archesOf(method: Method): Arch[] {
  return (Object.keys(ARCH_FACTS) as Arch[]).filter((arch) => ARCH_FACTS[arch].defaults[method] !== undefined);
}
