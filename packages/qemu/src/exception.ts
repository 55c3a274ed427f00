/** Classes of exceptions in aarch64's ESR_ELx (Arm ARM, D24.2.40, field EC), the ones that a boot can die of. */
const CLASSES: Readonly<Record<number, string>> = {
  0x00: 'an instruction that does not exist; Rust aborts with one',
  0x01: 'a trapped WFI or WFE',
  0x07: 'a floating-point or SIMD instruction where those are off',
  0x0d: 'a branch to an address that is no target of branches',
  0x0e: 'an illegal execution state',
  0x18: 'an access to a system register that is not allowed',
  0x1c: 'a pointer whose authentication failed',
  0x20: 'an instruction fetch of a program',
  0x21: 'an instruction fetch of the kernel',
  0x22: 'a program counter that is not a multiple of 4',
  0x24: 'a memory access of a program',
  0x25: 'a memory access of the kernel',
  0x26: 'a stack pointer that is not a multiple of 16',
  0x2c: 'a floating-point exception',
  0x2f: 'a system error that hardware reports later (SError)',
  0x3c: 'a breakpoint instruction; abort() ends in one',
};

/** Classes whose syndrome holds a fault status, and whose address is in FAR_ELx. */
const FETCHES = [0x20, 0x21];
const ACCESSES = [0x24, 0x25];

function faultStatus(status: number): string {
  const level = status & 3;
  switch (status >> 2) {
    case 0b0000:
      return `the address is too large (level ${level})`;
    case 0b0001:
      return `nothing is mapped there (translation fault, level ${level})`;
    case 0b0010:
      return `the access flag is not set (level ${level})`;
    case 0b0011:
      return `the page does not permit it (permission fault, level ${level})`;
  }
  if (status === 0b010000) return 'the memory system reports an error';
  if (status === 0b100001) return 'the address is not aligned';
  return `fault status 0x${status.toString(16)}`;
}

/**
 * What an exception syndrome of aarch64 (ESR_EL1) says, in words.
 * @param address FAR_EL1, if it is known; it counts for aborts only
 */
export function describeSyndrome(esr: bigint, address?: bigint): string {
  const kind = Number((esr >> 26n) & 0x3fn);
  const name = CLASSES[kind] ?? `exception class 0x${kind.toString(16)}`;
  const fetch = FETCHES.includes(kind);
  if (!fetch && !ACCESSES.includes(kind)) return name;
  const how = fetch ? '' : (esr & 0x40n) !== 0n ? ' (a write)' : ' (a read)';
  const where = address === undefined || (esr & 0x400n) !== 0n ? '' : ` at 0x${address.toString(16)}`;
  return `${name}${how}${where}: ${faultStatus(Number(esr & 0x3fn))}`;
}

// With a space alone, only whole registers are meant.
const SYNDROME = /\bESR(?:_EL1)?(?:\s*[:=]\s*(?:0x)?([0-9a-f]{8,16})|\s+([0-9a-f]{16}))\b/i;
const ADDRESS = /\bFAR(?:_EL1)?(?:\s*[:=]\s*(?:0x)?([0-9a-f]{1,16})|\s+([0-9a-f]{16}))\b/i;

function numberIn(register: RegExp, line: string): string | undefined {
  const [, marked, bare] = register.exec(line) ?? [];
  return marked ?? bare;
}

/** The exceptions of aarch64 whose registers the serial output holds, in words; repetitions are left out. */
export function exceptionsIn(lines: readonly string[]): string[] {
  const found = new Set<string>();
  let address: bigint | undefined;
  for (const line of lines) {
    const far = numberIn(ADDRESS, line);
    if (far !== undefined) address = BigInt(`0x${far}`);
    const esr = numberIn(SYNDROME, line);
    if (esr === undefined) continue;
    found.add(`ESR 0x${esr.toLowerCase()}: ${describeSyndrome(BigInt(`0x${esr}`), address)}`);
    // Redox prints the address before the registers; the next exception has one of its own.
    address = undefined;
  }
  return [...found];
}
