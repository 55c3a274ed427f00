import type { Qmp } from './qmp';

/** What a machine is doing at the moment that it is asked. */
export interface MachineState {
  /** QEMU's run state, such as `running` or `paused`. */
  status: string;
  /** Registers of CPU 0 by name, as QEMU prints them (hexadecimal, no `0x`). */
  registers: Record<string, string>;
  /** The program counter and, behind it, the return addresses of the frame records (AAPCS64) from X29 on. */
  frames: bigint[];
}

const MAX_FRAMES = 32;

/** Reads `NAME=hexadecimal` pairs from the text of `info registers`. */
export function parseRegisters(text: string): Record<string, string> {
  const registers: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/\b([A-Z][A-Z0-9]*)\s*=\s*([0-9a-f]{8,16})\b/g)) {
    registers[name!] ??= value!;
  }
  return registers;
}

/**
 * Stops the machine and reads its state and registers, then walks the frame records in guest memory.
 * @returns undefined if QEMU does not answer within `timeoutMs`.
 */
export async function inspectMachine(qmp: Qmp, timeoutMs = 2000): Promise<MachineState | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), timeoutMs)));
  try {
    return await Promise.race([read(qmp), late]);
  } catch {
    // QEMU ended meanwhile: there is no state to tell of.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function read(qmp: Qmp): Promise<MachineState> {
  const { status } = (await qmp.execute('query-status')) as { status: string };
  // A trace of a CPU that goes on would mix two moments.
  await qmp.execute('stop');
  const registers = parseRegisters(await qmp.monitor('info registers'));
  const frames: bigint[] = [];
  if (registers.PC) frames.push(BigInt(`0x${registers.PC}`));
  const seen = new Set<bigint>();
  let pointer = BigInt(`0x${registers.X29 ?? '0'}`);
  while (pointer !== 0n && pointer % 8n === 0n && !seen.has(pointer) && frames.length < MAX_FRAMES) {
    seen.add(pointer);
    // Two words: the caller's frame record, the return address. Unmapped memory prints no values.
    const words = [...(await qmp.monitor(`x /2gx 0x${pointer.toString(16)}`)).matchAll(/\s0x([0-9a-f]{16})/g)];
    if (words.length !== 2) break;
    const [next, address] = words.map(([, digits]) => BigInt(`0x${digits}`)) as [bigint, bigint];
    if (address === 0n) break;
    frames.push(address);
    pointer = next;
  }
  return { status, registers, frames };
}
