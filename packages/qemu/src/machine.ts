import type { Arch } from '@nx-redox/kit';

/**
 * How a system gets into memory: by QEMU's own `-kernel`, or from a disk by UEFI firmware or a BIOS and a boot loader.
 */
export const METHODS = ['direct', 'uefi', 'bios'] as const;
export type Method = (typeof METHODS)[number];

/** How a disk is connected, and QEMU's device for it. */
export const DISKS = {
  nvme: 'nvme,drive=disk,serial=nx-redox,bootindex=0',
  virtio: 'virtio-blk-pci,drive=disk,bootindex=0',
} as const;

export const NETWORKS = ['none', 'e1000'] as const;

/** What differs between the architectures, whatever system runs. */
export interface ArchFacts {
  program: string;
  /** Variable that names another program. */
  variable: string;
  /** Arguments that let the guest hand over an exit status; none if only emulation can. */
  exit: (accelerated: boolean) => readonly string[];
  methods: readonly Method[];
}

export const ARCH_FACTS: Record<Arch, ArchFacts> = {
  aarch64: {
    program: 'qemu-system-aarch64',
    variable: 'REDOX_QEMU_AARCH64',
    // SYS_EXIT_EXTENDED of Arm's semihosting specification. Hardware would run the instruction itself.
    exit: (accelerated) => (accelerated ? [] : ['-semihosting-config', 'enable=on,target=native']),
    methods: ['direct', 'uefi'],
  },
  x86_64: {
    program: 'qemu-system-x86_64',
    variable: 'REDOX_QEMU_X86_64',
    // A byte v written to port 0x501 ends QEMU with 2v + 1.
    exit: () => ['-device', 'isa-debug-exit,iobase=0x501,iosize=2'],
    methods: ['uefi', 'bios'],
  },
};

/** Architectures that a method is possible for. */
export function archesOf(method: Method): Arch[] {
  return (Object.keys(ARCH_FACTS) as Arch[]).filter((arch) => ARCH_FACTS[arch].methods.includes(method));
}
