/** A boot sector that writes a text to the first serial port and ends QEMU with 2 × `exit` + 1, through isa-debug-exit. */
export function bootSector(text: string, exit: number): Uint8Array {
  const code = [
    ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8], // cli; xor ax, ax; mov ds, ax
    ...[0xbe, 0x40, 0x7c], // mov si, 0x7c40: the text
    ...[0x8a, 0x1c, 0x84, 0xdb, 0x74, 0x11], // mov bl, [si]; test bl, bl; jz behind the loop
    ...[0xba, 0xfd, 0x03], // mov dx, 0x3fd: line status
    ...[0xec, 0xa8, 0x20, 0x74, 0xfb], // in al, dx; test al, 0x20; jz back: until it takes a byte
    ...[0xb2, 0xf8, 0x88, 0xd8, 0xee], // mov dl, 0xf8; mov al, bl; out dx, al
    ...[0x46, 0xeb, 0xea, 0x90], // inc si; jmp to the start of the loop; nop
    ...[0xba, 0x01, 0x05, 0xb0, exit, 0xee, 0xeb, 0xfe], // mov dx, 0x501; mov al, …; out dx, al; jmp .
  ];
  const sector = Buffer.alloc(512);
  sector.set(code);
  sector.write(text, 0x40, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
