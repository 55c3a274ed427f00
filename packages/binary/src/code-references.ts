/** An instruction, or a word of data, and an address that it names. */
export interface RawReference {
  from: bigint;
  to: bigint;
}

/** Code of a section: its bytes and where they are in memory. */
export interface CodePiece {
  bytes: Uint8Array;
  address: bigint;
}

const NO_PAGE = -1n;

/**
 * Addresses that AArch64 code names: branches, ADR, and ADRP with the ADD, load or store that completes it. Encodings: Arm
 * Architecture Reference Manual, C4.1. A page in a register is forgotten when something else is written to it.
 */
export function aarch64References({ bytes, address }: CodePiece): RawReference[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: RawReference[] = [];
  const pages = new Array<bigint>(32).fill(NO_PAGE);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = view.getUint32(at, true);
    const pc = address + BigInt(at);
    const target = (to: bigint) => found.push({ from: pc, to: BigInt.asUintN(64, to) });
    const rd = word & 31;
    const base = pages[(word >>> 5) & 31]!;
    if ((word & 0x7c000000) === 0x14000000) {
      target(pc + BigInt((word << 6) >> 4));
      if (word >>> 31 === 0) pages.fill(NO_PAGE);
      continue;
    }
    if ((word & 0x1f000000) === 0x10000000) {
      const immediate = BigInt((((word << 8) >> 13) << 2) | ((word >>> 29) & 3) | 0);
      if (word >>> 31 === 0) target(pc + immediate);
      pages[rd] = word >>> 31 === 1 ? ((pc >> 12n) + immediate) << 12n : NO_PAGE;
      continue;
    }
    const isAdd = (word & 0xffc00000) >>> 0 === 0x91000000;
    const isAccess = (word & 0x3b000000) === 0x39000000;
    const isStore = isAccess && (word & 0x00c00000) === 0;
    if (base !== NO_PAGE && isAdd) target(base + BigInt((word >>> 10) & 0xfff));
    if (base !== NO_PAGE && isAccess) {
      // Vector registers of 16 bytes have the size 0 and the upper bit of opc.
      const scale = (word & 0x04800000) === 0x04800000 ? 4 : word >>> 30;
      target(base + BigInt(((word >>> 10) & 0xfff) << scale));
    }
    // LDR of a literal of 8 bytes.
    if ((word & 0xff000000) >>> 0 === 0x58000000) {
      const literal = at + (((word << 8) >> 13) << 2);
      if (literal >= 0 && literal + 8 <= bytes.length) target(view.getBigUint64(literal, true));
    }
    // RET and BR end what came before.
    if ((word & 0xff9ffc1f) >>> 0 === 0xd61f0000 || (word & 0xfffffc1f) >>> 0 === 0xd65f0000) pages.fill(NO_PAGE);
    if (!isStore) pages[rd] = NO_PAGE;
  }
  return found;
}

const REX_W = 0x48;

/**
 * Addresses that x86-64 code names. Instructions have no fixed size, so every place is looked at: CALL and JMP with a
 * displacement, RIP-relative operands of LEA, MOV, CALL and JMP, and constants of 8 bytes. What is no instruction rarely names
 * the beginning of something; `isStart` says whether it does.
 */
export function x86References({ bytes, address }: CodePiece, isStart: (address: bigint) => boolean): RawReference[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: RawReference[] = [];
  for (let at = 0; at + 5 <= bytes.length; at++) {
    const from = address + BigInt(at);
    const opcode = bytes[at]!;
    const relative = (end: number) => address + BigInt(at + end + view.getInt32(at + end - 4, true));
    if (opcode === 0xe8 || opcode === 0xe9) {
      const to = relative(5);
      if (isStart(to)) found.push({ from, to });
    } else if ((opcode === 0x8d || opcode === 0x8b || opcode === 0xff) && at + 6 <= bytes.length) {
      const modrm = bytes[at + 1]!;
      if ((modrm & 0xc7) === 0x05) found.push({ from, to: relative(6) });
    } else if ((opcode & 0xf8) === 0xb8) {
      const isWide = at > 0 && (bytes[at - 1]! & 0xfe) === REX_W;
      if (isWide && at + 9 <= bytes.length) found.push({ from, to: view.getBigUint64(at + 1, true) });
      else if (!isWide) {
        const to = BigInt(view.getUint32(at + 1, true));
        if (isStart(to)) found.push({ from, to });
      }
    }
  }
  return found;
}
