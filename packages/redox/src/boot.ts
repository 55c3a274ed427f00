import type { FailureWords, LoginWords, StageWords } from '@nx-redox/kit';

/** How a login on the serial line goes: getty, login, and a shell such as ion. */
export const login: LoginWords = {
  user: String.raw`\blogin:`,
  password: String.raw`(?i)\bpassword:`,
  prompt: String.raw`[#$>]\s*$`,
  enter: '\r',
};

/**
 * The way to a login. Budgets are for a machine without hardware acceleration: there, firmware and boot loader take
 * up to ten seconds, and drivers and the root file system most of the rest.
 */
export const stages: readonly StageWords[] = [
  { name: 'firmware', pattern: String.raw`BdsDxe: (?:loading|starting) Boot[0-9A-F]{4}`, timeout: 60, disk: true },
  { name: 'loader', pattern: String.raw`Redox OS Bootloader \S+ on`, timeout: 60, disk: true },
  { name: 'kernel', pattern: String.raw`Redox OS starting\.\.\.`, timeout: 120 },
  {
    name: 'bootstrap',
    pattern: String.raw`Bootstrap entry point: [0-9A-Fa-f]+`,
    timeout: 60,
    // The kernel of x86_64 does not say it.
    architectures: ['aarch64'],
  },
  { name: 'init', pattern: String.raw`init: switchroot to /scheme/initfs\b`, timeout: 60 },
  { name: 'drivers', pattern: 'pcid-spawner: spawn', timeout: 60 },
  { name: 'root', pattern: 'init: switchroot to /usr /etc', timeout: 180 },
];

/** Lines that end a boot, as real boots had them. */
export const failures: readonly FailureWords[] = [
  { pattern: 'KERNEL PANIC', cause: 'the kernel panicked' },
  {
    pattern: 'Unhandled exception|FATAL: Not an SVC induced synchronous exception',
    cause: 'the kernel took an exception that it does not handle; the lines below have the registers',
  },
  {
    pattern: String.raw`UNHANDLED EXCEPTION, CPU #?\d+, PID #?\d+, NAME \[?bootstrap`,
    cause: 'bootstrap, the first program, was killed by an exception: nothing can start after it',
  },
  {
    pattern: 'failed to parse initfs|has invalid magic number',
    cause: 'the initfs image is damaged, or of another format than bootstrap reads',
  },
  { pattern: 'mprotect failed', cause: 'bootstrap cannot protect its own memory: it is linked for other addresses' },
  { pattern: 'failed to open init', cause: 'bootstrap cannot start bin/init: it is missing in the initfs' },
  {
    pattern: 'no RedoxFS partition|Failed to find RedoxFS|RedoxFS: not found',
    cause: 'the boot loader found no RedoxFS on the disk',
  },
  {
    pattern: 'Arrow keys and enter select mode',
    cause: 'the boot loader waits for somebody to choose a video mode: the machine must not have a display device',
  },
  {
    pattern: 'aarch64 enable_msix',
    cause: 'the virtio driver of this base has no interrupts on aarch64: it serves no disk, so there is no root',
  },
  {
    pattern: String.raw`failed to open IRQ file: .*os error 17`,
    cause: 'the kernel says that an interrupt is taken which nobody has: the driver of the disk cannot start',
  },
  {
    pattern: '"?redoxfs"?.* failed with exit status',
    cause: 'redoxfs cannot mount the root: no driver serves the disk, or the disk holds no RedoxFS',
  },
];
