import { type Arch, run } from '@nx-redox/kit';
import { open } from 'node:fs/promises';
import type { MachineOptions } from './options';
import { qemuProgram } from './qemu-program';

/** Who runs the guest's instructions: the processor itself, through KVM (Linux) or HVF (macOS), or QEMU. */
export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** The choice, and what QEMU said if it could not use the better one. */
export interface Speed {
  by: Accelerator;
  refused?: string;
}

const EMULATED: Speed = { by: 'tcg' };

const HOSTS: Readonly<Record<string, Arch>> = { x64: 'x86_64', arm64: 'aarch64' };
const TRY_MS = 20_000;

/** Who runs a machine's instructions, if the options let the processor do it. */
export async function speedOf({ arch, qemu }: Pick<MachineOptions, 'arch' | 'qemu'>): Promise<Speed> {
  return qemu.accelerate ? accelerator(arch, qemu.machine) : EMULATED;
}

/**
 * The best that there is for guests of an architecture. A device for KVM that may be opened need not work, in virtual
 * machines above all: QEMU makes the machine, without starting it.
 *
 * @param machine as for `-M`.
 */
export async function accelerator(
  arch: Arch,
  machine: string,
  { platform, arch: host } = process as { platform: string; arch: string },
  device = '/dev/kvm',
): Promise<Speed> {
  if (HOSTS[host] !== arch) return EMULATED;
  const by = await offered(platform, device);
  if (by === 'tcg') return EMULATED;
  const refused = await refusal(qemuProgram(arch), machine, by);
  return refused === undefined ? { by } : { by: 'tcg', refused: `${by.toUpperCase()} does not work here: ${refused}` };
}

async function offered(platform: string, device: string): Promise<Accelerator> {
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

/** Why QEMU cannot make the machine with the accelerator; undefined if it can. */
async function refusal(program: string, machine: string, by: Accelerator): Promise<string | undefined> {
  const args = ['-M', machine, '-accel', by, '-cpu', 'host', '-nodefaults', '-display', 'none', '-S', '-qmp', 'stdio'];
  const input = ['qmp_capabilities', 'quit'].map((execute) => `${JSON.stringify({ execute })}\n`).join('');
  const tried = await run(program, args, { input, timeoutMs: TRY_MS }).catch(() => undefined);
  // A QEMU that is not there is told where it is started.
  if (tried === undefined || tried.exitCode === 0) return undefined;
  if (tried.timedOut) return `QEMU makes no machine within ${TRY_MS / 1000} s`;
  const said = tried.stderr.split('\n').find((line) => line.trim() !== '');
  return said?.replace(/^\S*qemu-system-\w+: /, '').trim() ?? `QEMU ends with ${tried.signal ?? tried.exitCode}`;
}
