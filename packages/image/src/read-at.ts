import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FormatError } from '@nx-redox/binary';

/** Random access to the bytes of a disk or a partition; positions and sizes in bytes. */
export interface Readable {
  size: number;
  /** @throws {FormatError} if the range is not inside. */
  read(offset: number, length: number): Buffer;
}

/** A buffer as a disk. */
export function readableBytes(bytes: Buffer): Readable {
  return {
    size: bytes.length,
    read: (offset, length) => checked(bytes.subarray(offset, offset + length), offset, length),
  };
}

/** A part of a disk as a disk of its own. */
export function readablePart(whole: Readable, start: number, size: number): Readable {
  return {
    size,
    read(offset, length) {
      if (offset + length > size) throw outside(offset, length, size);
      return whole.read(start + offset, length);
    },
  };
}

/** Opens a file for {@link Readable} while `use` runs. */
export function withReadableFile<T>(path: string, use: (disk: Readable) => T): T {
  const file = openSync(path, 'r');
  try {
    return use({
      size: fstatSync(file).size,
      read(offset, length) {
        const bytes = Buffer.alloc(length);
        return checked(bytes.subarray(0, readSync(file, bytes, 0, length, offset)), offset, length);
      },
    });
  } finally {
    closeSync(file);
  }
}

function checked(bytes: Buffer, offset: number, length: number): Buffer {
  if (bytes.length !== length) throw outside(offset, length, offset + bytes.length);
  return bytes;
}

function outside(offset: number, length: number, size: number): FormatError {
  return new FormatError(`${length} bytes are not inside the ${size} bytes there are`, offset);
}
