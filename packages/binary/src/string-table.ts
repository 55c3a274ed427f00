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
  private budget: number;

  constructor(
    private readonly bytes: Uint8Array,
    /** Position of the block in the file, for messages. */
    private readonly at: number,
  ) {
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    this.budget = bytes.length * TOTAL_FACTOR + TOTAL_FLOOR;
  }

  /** The name that begins at `offset` of the table. */
  get(offset: number): string {
    if (offset < 0 || offset >= this.bytes.length) {
      // Offset 0 of an absent table is the usual way to say "no name".
      if (offset === 0) return '';
      throw new FormatError(`name offset ${offset} is outside its string table of ${this.bytes.length} bytes`, this.at);
    }
    const nul = this.bytes.indexOf(0, offset);
    const end = nul < 0 ? this.bytes.length : nul;
    if (end - offset > SHORT) this.budget -= end - offset;
    if (this.budget < 0) throw new FormatError('string table with too many overlapping names', this.at + offset);
    const name = this.text.slice(offset, end);
    if (!HIGH_BYTE.test(name)) return name;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, end - offset).toString('utf8');
  }
}
