import { UserError } from '@nx-redox/kit';
/** Bytes that are not what their format says, and where. */
export class FormatError extends UserError {
  /** Position in the file, in bytes. */
  readonly offset: number;

  constructor(message: string, offset: number, details: { file?: string; advice?: string } = {}) {
    super(`${message} (at offset 0x${offset.toString(16)})`, details);
    this.offset = offset;
  }
}

/** Reads numbers and pieces of a file; what lies outside it is a {@link FormatError}, never undefined. */
export class ByteReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly littleEndian: boolean,
    /** Name of the file for messages. */
    readonly file?: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  fail(message: string, offset: number): never {
    throw new FormatError(message, offset, { file: this.file });
  }

  private check(offset: number, size: number, what: string): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > this.bytes.length) {
      this.fail(`${what} (${size} bytes) lies outside the file, which has ${this.bytes.length} bytes`, offset);
    }
  }

  u8(offset: number, what = 'a byte'): number {
    this.check(offset, 1, what);
    return this.view.getUint8(offset);
  }

  u16(offset: number, what = 'a 16-bit field'): number {
    this.check(offset, 2, what);
    return this.view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number, what = 'a 32-bit field'): number {
    this.check(offset, 4, what);
    return this.view.getUint32(offset, this.littleEndian);
  }

  u64(offset: number, what = 'a 64-bit field'): bigint {
    this.check(offset, 8, what);
    return this.view.getBigUint64(offset, this.littleEndian);
  }

  /** A 64-bit offset or size as a number; no file is as large as 2^53 bytes. */
  size64(offset: number, what = 'a 64-bit size'): number {
    this.check(offset, 8, what);
    // Two halves: a BigInt for each of thousands of headers takes its time.
    const low = this.view.getUint32(this.littleEndian ? offset : offset + 4, this.littleEndian);
    const high = this.view.getUint32(this.littleEndian ? offset + 4 : offset, this.littleEndian);
    const value = high * 2 ** 32 + low;
    if (!Number.isSafeInteger(value)) {
      this.fail(`${what} is 0x${this.u64(offset).toString(16)}, more than any file has`, offset);
    }
    return value;
  }

  /** A window into the file's bytes, not a copy. */
  slice(offset: number, size: number, what = 'a part'): Uint8Array {
    this.check(offset, size, what);
    return this.bytes.subarray(offset, offset + size);
  }
}

/** A text of a fixed size, without the NULs that fill it up. */
export function paddedText(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1');
}
