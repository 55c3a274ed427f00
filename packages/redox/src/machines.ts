import type { Arch, MachineWords } from '@nx-redox/kit';

/**
 * QEMU's machines as Redox's build system starts them (mk/qemu.mk, August 2026), with the serial line for a display:
 * with a display the boot loader waits for somebody to choose a video mode.
 */
export const machines: Record<Arch, MachineWords> = {
  aarch64: {
    // With ACPI tables the kernel finds no serial port; it does in a device tree.
    machine: 'virt,acpi=off',
    cpu: 'max',
    memory: 2048,
    cpus: 1,
    disk: 'nvme',
    network: 'e1000',
  },
  x86_64: { machine: 'q35', cpu: 'core2duo', memory: 2048, cpus: 4, disk: 'nvme', network: 'e1000' },
};
