import { type Arch, run } from '@nx-redox/kit';
import { open } from 'node:fs/promises';

/** Who runs the guest's instructions: the processor itself, through KVM (Linux) or HVF (macOS), or QEMU. */
export type Accelerator = 'kvm' | 'hvf' | 'tcg';

const HOSTS: Readonly<Record<string, Arch>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The best that there is for guests of an architecture. */
export async function accelerator(
  arch: Arch,
  { platform, arch: host } = process as { platform: string; arch: string },
  device = '/dev/kvm',
): Promise<Accelerator> {
  if (HOSTS[host] !== arch) return 'tcg';
  if (platform === 'linux') {
    const file = await open(device, 'r+').catch(() => undefined);
    await file?.close();
    return file ? 'kvm' : 'tcg';
  }
  if (platform === 'darwin') {
    const asked = await run('sysctl', ['-n', 'kern.hv_support']).catch(() => undefined);
    return asked?.stdout.trim() === '1' ? 'hvf' : 'tcg';
  }
  return 'tcg';
}
