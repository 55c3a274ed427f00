const PART = 4 * 1024 * 1024;

/** Keeps the raw output: all of it, or its first and last 4 MiB if a guest floods the line. */
export class SerialLog {
  private readonly head: Uint8Array[] = [];
  private headSize = 0;
  /** The last bytes behind the head, in a ring: byte n is at n modulo the ring's size. */
  private ring: Buffer | undefined;
  private behindHead = 0;

  constructor(private readonly part = PART) {}

  add(bytes: Uint8Array): void {
    const room = Math.max(0, this.part - this.headSize);
    if (room > 0) {
      const first = bytes.subarray(0, room);
      this.head.push(first);
      this.headSize += first.length;
    }
    const rest = bytes.subarray(room);
    if (rest.length === 0) return;
    this.ring ??= Buffer.alloc(this.part);
    const last = rest.subarray(-this.part);
    const at = (this.behindHead + rest.length - last.length) % this.part;
    this.ring.set(last.subarray(0, this.part - at), at);
    this.ring.set(last.subarray(this.part - at), 0);
    this.behindHead += rest.length;
  }

  bytes(): Buffer {
    const { ring, behindHead, part } = this;
    if (!ring) return Buffer.concat(this.head);
    if (behindHead <= part) return Buffer.concat([...this.head, ring.subarray(0, behindHead)]);
    const note = Buffer.from(`\n[nx-redox: ${behindHead - part} bytes left out here]\n`);
    const at = behindHead % part;
    return Buffer.concat([...this.head, note, ring.subarray(at), ring.subarray(0, at)]);
  }
}
