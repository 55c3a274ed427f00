import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accelerator } from './accelerator';
import { qemusIn } from './testing/processes';

let dir: string;
let device: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nx-redox-kvm-'));
  device = join(dir, 'kvm');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  expect(await qemusIn(dir)).toEqual([]);
  await rm(dir, { recursive: true, force: true });
});

const linux = { platform: 'linux', arch: 'x64' };
const best = (host: { platform: string; arch: string } = linux) => accelerator('x86_64', 'q35', host, device);

/** A program for QEMU, that a shell runs before the real one, or in its place. */
async function qemu(script: string): Promise<void> {
  const file = join(dir, 'qemu');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  vi.stubEnv('REDOX_QEMU_X86_64', file);
  vi.stubEnv('REDOX_QEMU_AARCH64', file);
}

/** QEMU, which emulates where KVM is asked for. */
const WORKS = `for arg; do
  shift
  case $arg in kvm) arg=tcg ;; host) arg=max ;; esac
  set -- "$@" "$arg"
done
exec qemu-system-x86_64 "$@"`;

it('is hardware only for guests of the same architecture, where it may be used', async () => {
  await qemu(WORKS);
  expect(await best()).toEqual({ by: 'tcg' });
  await writeFile(device, '');
  expect(await best()).toEqual({ by: 'kvm' });
  expect(await accelerator('aarch64', 'virt', linux, device)).toEqual({ by: 'tcg' });
  expect(await best({ ...linux, arch: 'arm64' })).toEqual({ by: 'tcg' });
  expect(await best({ ...linux, platform: 'win32' })).toEqual({ by: 'tcg' });
  // root may open everything.
  if (process.getuid?.() !== 0) {
    await chmod(device, 0o400);
    expect(await best()).toEqual({ by: 'tcg' });
  }
});

describe('hardware that is offered and does not work', () => {
  beforeEach(() => writeFile(device, ''));

  it('is not used, and QEMU’s reason is told', async () => {
    await qemu('echo "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69" >&2\nkill -ABRT $$');
    expect(await best()).toEqual({
      by: 'tcg',
      refused: 'KVM does not work here: error: failed to set MSR 0x10a to 0x69',
    });
    await qemu('exit 3');
    expect(await best()).toEqual({ by: 'tcg', refused: 'KVM does not work here: QEMU ends with 3' });
  });

  it('is found by the real QEMU, too', async () => {
    // No program for another processor can use this one.
    await qemu('exec qemu-system-aarch64 "$@"');
    const { by, refused } = await accelerator('x86_64', 'virt', linux, device);
    expect(by).toBe('tcg');
    expect(refused).toMatch(/^KVM does not work here: .*kvm/i);
  });

  it('is no matter where there is no QEMU, which is told later', async () => {
    vi.stubEnv('REDOX_QEMU_X86_64', join(dir, 'nowhere'));
    expect(await best()).toEqual({ by: 'kvm' });
  });
});
