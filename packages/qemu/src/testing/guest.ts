/** What a test guest does, step by step. */
export type Step =
  | { say: string }
  /** Makes a frame record with this return address, the last of its chain. */
  | { frame: number }
  /** Counts down from so many million; about 5 ms for a million under emulation. */
  | { count: number }
  /** Reads so many characters from the serial line and writes each of them. */
  | { echo: number }
  /** Searches page by page for these eight characters, from 1 MiB above the start of RAM on. */
  | { find: string }
  /** Ends QEMU through semihosting's SYS_EXIT_EXTENDED. */
  | { exit: number }
  /** No interrupts from here on: firmware has a timer, whose handler writes to the serial line too. */
  | 'mask'
  /** Turns the machine off (PSCI SYSTEM_OFF). */
  | 'off'
  | 'hang';

/** Where QEMU puts a raw kernel. */
export const RAW_BASE = 0x4008_0000;

/** ADR: a register gets the address of a byte `distance` away. */
const adr = (register: number, distance: number) =>
  (0x1000_0000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register) >>> 0;

/** A raw aarch64 kernel for QEMU's `virt` machine that does the steps: its words, and behind them its data. */
export function guest(...steps: Step[]): Uint8Array {
  const words: number[] = [];
  const data: number[] = [];
  const references: { word: number; register: number; data: number }[] = [];
  const address = (register: number, bytes: Uint8Array) => {
    while (data.length % 8 !== 0) data.push(0);
    references.push({ word: words.length, register, data: data.length });
    words.push(0);
    data.push(...bytes);
  };
  for (const step of steps) {
    if (step === 'hang') {
      words.push(0x14000000); // b .
    } else if (step === 'mask') {
      words.push(0xd5034fdf); // msr daifset, #15
    } else if (step === 'off') {
      words.push(0xd2800100, 0xf2b08000); // movz x0, #8; movk x0, #0x8400, lsl #16: SYSTEM_OFF
      words.push(0xd4000002, 0x14000000); // hvc #0; b .
    } else if ('say' in step) {
      address(1, Buffer.concat([Buffer.from(step.say), Buffer.of(0)]));
      words.push(0xd2a12002); // movz x2, #0x900, lsl #16: the PL011's data register
      words.push(0x38401423); // ldrb w3, [x1], #1
      words.push(0x34000063); // cbz w3, behind the loop
      words.push(0x39000043); // strb w3, [x2]
      words.push(0x17fffffd); // b to the load
    } else if ('echo' in step) {
      words.push(0xd2a12002); // movz x2, #0x900, lsl #16: the PL011's data register
      for (let i = 0; i < step.echo; i++) {
        words.push(0xb9401844, 0x3727ffe4); // ldr w4, [x2, #0x18]; tbnz w4, #4, back: nothing was received
        words.push(0x39400043, 0x39000043); // ldrb w3, [x2]; strb w3, [x2]
      }
    } else if ('find' in step) {
      address(1, Buffer.from(step.find));
      words.push(0xf9400027); // ldr x7, [x1]
      words.push(0xd2a80206); // movz x6, #0x4010, lsl #16
      words.push(0xf94000c8, 0xeb07011f); // ldr x8, [x6]; cmp x8, x7
      words.push(0x54000060); // b.eq behind the loop
      words.push(0x914004c6, 0x17fffffc); // add x6, x6, #1, lsl #12; b to the load
    } else if ('frame' in step) {
      const record = Buffer.alloc(16);
      record.writeBigUInt64LE(BigInt(step.frame), 8);
      address(29, record);
    } else if ('count' in step) {
      const from = step.count * 1_000_000;
      words.push((0xd2a00005 | (Math.ceil(from / 65536) << 5)) >>> 0); // movz x5, #…, lsl #16
      words.push(0xf10004a5, 0x54ffffe1); // subs x5, x5, #1; b.ne back
    } else {
      words.push(0xd2800400); // movz x0, #0x20: SYS_EXIT_EXTENDED
      const block = Buffer.alloc(16);
      block.writeBigUInt64LE(0x20026n, 0); // ADP_Stopped_ApplicationExit
      block.writeBigUInt64LE(BigInt(step.exit), 8);
      address(1, block);
      words.push(0xd45e0000, 0x14000000); // hlt #0xf000; b .
    }
  }
  const dataStart = Math.ceil((words.length * 4) / 8) * 8;
  for (const { word, register, data: at } of references) words[word] = adr(register, dataStart + at - word * 4);
  const image = Buffer.alloc(dataStart + data.length);
  words.forEach((word, i) => image.writeUInt32LE(word, i * 4));
  image.set(data, dataStart);
  return image;
}
