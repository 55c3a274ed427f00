import { blake3Hex } from '@nx-redox/kit';

/** A UUID (version 8 of RFC 9562: made by a rule of our own) that follows from what it is for and from the content. */
export function derivedGuid(purpose: string, identity: string): string {
  const bytes = Buffer.from(blake3Hex(`${purpose}\n${identity}`).slice(0, 32), 'hex');
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
