import type { Qmp } from './qmp';

/** What a machine is doing at the moment that it is asked. */
export interface MachineState {
  /** QEMU's run state, such as `running` or `paused`. */
  status: string;
  /** Registers of CPU 0 by name, as QEMU prints them (hexadecimal, no `0x`). */
  registers: Record<string, string>;
  /**
   * The program counter and, behind it, the return addresses of the frame records from the frame pointer on: X29
   * (AAPCS64) or RBP. Both keep the caller's frame pointer first, then the return address.
   */
  frames: CodePlace[];
}

/** An address in the guest's code and the bytes around it, which tell whose code it is. */
interface CodePlace {
  address: bigint;
  /** Empty if the memory could not be read. */
  code: Uint8Array;
  /** Address of the first byte of `code`. */
  codeStart: bigint;
}

const MAX_FRAMES = 32;
/** So many words of 4 bytes before and behind an address are read. */
const AROUND = 4;

/** Reads `NAME=hexadecimal` pairs from the text of `info registers`. */
function parseRegisters(text: string): Record<string, string> {
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
  const frames: CodePlace[] = [];
  const counter = registers.PC ?? registers.RIP;
  if (counter) frames.push(await codeAt(qmp, BigInt(`0x${counter}`)));
  const seen = new Set<bigint>();
  let pointer = BigInt(`0x${registers.X29 ?? registers.RBP ?? '0'}`);
  while (pointer !== 0n && pointer % 8n === 0n && !seen.has(pointer) && frames.length < MAX_FRAMES) {
    seen.add(pointer);
    const [next, address] = await words(qmp, pointer, 2, 'g');
    if (next === undefined || !address) break;
    frames.push(await codeAt(qmp, address));
    pointer = next;
  }
  return { status, registers, frames };
}

async function codeAt(qmp: Qmp, address: bigint): Promise<CodePlace> {
  const codeStart = BigInt.asUintN(64, address - 4n * BigInt(AROUND));
  const found = await words(qmp, codeStart, 2 * AROUND, 'w');
  const code = Buffer.alloc(4 * found.length);
  found.forEach((word, i) => code.writeUInt32LE(Number(word), 4 * i));
  return { address, code, codeStart };
}

/** Words of guest memory as the CPU sees it, of 4 (`w`) or 8 bytes (`g`); none if they cannot all be read. */
async function words(qmp: Qmp, address: bigint, count: number, size: 'w' | 'g'): Promise<bigint[]> {
  const text = await qmp.monitor(`x /${count}${size}x 0x${address.toString(16)}`);
  const digits = size === 'w' ? 8 : 16;
  const found = [...text.matchAll(new RegExp(`\\s0x([0-9a-f]{${digits}})\\b`, 'g'))].map(([, word]) =>
    BigInt(`0x${word}`),
  );
  return found.length === count ? found : [];
}
