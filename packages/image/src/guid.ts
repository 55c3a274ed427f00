import { blake3Hex } from '@nx-redox/kit';
/** Bytes of a GUID as UEFI stores them: the first three fields are little-endian (UEFI specification, appendix A). */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return swapped(bytes);
}

/** The text of a GUID that UEFI stored. */
export function guidText(bytes: Uint8Array): string {
  return hyphenated(swapped(Buffer.from(bytes)).toString('hex'));
}

function swapped(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** 32 hex digits in the groups that people read. */
export function hyphenated(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A UUID (version 8 of RFC 9562: made by a rule of our own) that follows from what it is for and from the content. */
export function derivedGuid(purpose: string, identity: string): string {
  const bytes = Buffer.from(blake3Hex(`${purpose}\n${identity}`).slice(0, 32), 'hex');
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return hyphenated(bytes.toString('hex'));
}
