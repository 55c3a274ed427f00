const PART = 4 * 1024 * 1024;

/** Keeps the raw output: all of it, or its first and last 4 MiB if a guest floods the line. */
export class SerialLog {
  private readonly head: Uint8Array[] = [];
  private readonly tail: Uint8Array[] = [];
  private headSize = 0;
  private tailSize = 0;
  private dropped = 0;

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
    this.tail.push(rest);
    this.tailSize += rest.length;
    while (this.tailSize > this.part) {
      const excess = this.tailSize - this.part;
      const oldest = this.tail[0]!;
      const gone = Math.min(excess, oldest.length);
      if (gone === oldest.length) this.tail.shift();
      else this.tail[0] = oldest.subarray(gone);
      this.tailSize -= gone;
      this.dropped += gone;
    }
  }

  bytes(): Buffer {
    const note = this.dropped > 0 ? [Buffer.from(`\n[nx-redox: ${this.dropped} bytes left out here]\n`)] : [];
    return Buffer.concat([...this.head, ...note, ...this.tail]);
  }
}
