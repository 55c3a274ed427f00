import { FormatError } from './byte-reader';

// Names may share their tails, so that few bytes can hold many long names, which whoever looks through them would
// read again and again. This bounds their total; short names are bounded by their number.
const SHORT = 256;
const TOTAL_FACTOR = 16;
const TOTAL_FLOOR = 1 << 16;
const HIGH_BYTE = /[\x80-\xff]/;

/**
 * NUL-terminated names in a block of bytes. ASCII names are windows into one decoded text,
 * so that a hostile table costs no more memory than a small multiple of its size.
 */
export class StringTable {
  private readonly text: string;
  private readonly ends: Uint32Array;
  private budget: number;

  constructor(
    private readonly bytes: Uint8Array,
    /** Position of the block in the file, for messages. */
    private readonly at: number,
  ) {
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    this.budget = bytes.length * TOTAL_FACTOR + TOTAL_FLOOR;
    let count = 0;
    for (const byte of bytes) if (byte === 0) count++;
    this.ends = new Uint32Array(count);
    let index = 0;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) this.ends[index++] = i;
  }

  /** The name that begins at `offset` of the table. */
  get(offset: number): string {
    if (offset < 0 || offset >= this.bytes.length) {
      // Offset 0 of an absent table is the usual way to say "no name".
      if (offset === 0) return '';
      throw new FormatError(`name offset ${offset} is outside its string table of ${this.bytes.length} bytes`, this.at);
    }
    const end = this.endOf(offset);
    if (end - offset > SHORT) this.budget -= end - offset;
    if (this.budget < 0) throw new FormatError('string table with too many overlapping names', this.at + offset);
    const name = this.text.slice(offset, end);
    if (!HIGH_BYTE.test(name)) return name;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, end - offset).toString('utf8');
  }

  /** First NUL at or after `offset`, or the table's end. */
  private endOf(offset: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return this.ends[low] ?? this.bytes.length;
  }
}
