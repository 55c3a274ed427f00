/** What an x86_64 test guest does, step by step. */
export type X86Step =
  /** No interrupts from here on: firmware has a timer, whose handler writes to the serial line too. */
  | 'mask'
  | { say: string }
  /** Ends QEMU with 2 × this number + 1, through isa-debug-exit. */
  | { exit: number }
  /** Restarts the machine as a triple fault does: an interrupt without an interrupt table. */
  | 'triple-fault'
  | 'hang';

/** Position-independent x86_64 code that does the steps on its own, with the first serial port at 0x3f8. */
export function x86Guest(...steps: X86Step[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const step of steps) {
    if (step === 'mask') {
      parts.push(Buffer.of(0xfa)); // cli
    } else if (step === 'hang') {
      parts.push(Buffer.of(0xeb, 0xfe)); // jmp .
    } else if (step === 'triple-fault') {
      // push 0; push 0; lidt [rsp]; int3
      parts.push(Buffer.of(0x6a, 0x00, 0x6a, 0x00, 0x0f, 0x01, 0x1c, 0x24, 0xcc));
    } else if ('say' in step) {
      const text = Buffer.concat([Buffer.from(step.say), Buffer.of(0)]);
      const loop = Buffer.of(
        ...[0x8a, 0x1e], // mov bl, [rsi]
        ...[0x84, 0xdb, 0x74, 0x13], // test bl, bl; jz behind the loop
        ...[0x66, 0xba, 0xfd, 0x03], // mov dx, 0x3fd: line status
        ...[0xec, 0xa8, 0x20, 0x74, 0xfb], // in al, dx; test al, 0x20; jz back: until it takes a byte
        ...[0xb2, 0xf8, 0x88, 0xd8, 0xee], // mov dl, 0xf8; mov al, bl; out dx, al
        ...[0x48, 0xff, 0xc6, 0xeb, 0xe7], // inc rsi; jmp to the start of the loop
      );
      // call over the text leaves its address on the stack; pop rsi
      const call = Buffer.alloc(5);
      call.writeUInt8(0xe8);
      call.writeInt32LE(text.length, 1);
      parts.push(call, text, Buffer.of(0x5e), loop);
    } else {
      // mov dx, 0x501; mov al, …; out dx, al; jmp .
      parts.push(Buffer.of(0x66, 0xba, 0x01, 0x05, 0xb0, step.exit, 0xee, 0xeb, 0xfe));
    }
  }
  return Buffer.concat(parts);
}
