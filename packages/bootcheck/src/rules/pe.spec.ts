import { parsePe } from '@nx-redox/binary';
import { buildPe } from '@nx-redox/binary/testing';
import { describe, expect, it } from 'vitest';
import { checkPe } from './pe';

const rules = (bytes: Uint8Array) => checkPe(parsePe(bytes), { machine: 'aarch64' }).map((finding) => finding.rule);

describe('checkPe', () => {
  it('passes an EFI application of the machine, and finds what firmware refuses', () => {
    expect(rules(buildPe())).toEqual([]);
    expect(rules(buildPe({ machine: 0x8664 }))).toEqual(['efi-machine']);
    expect(rules(buildPe({ subsystem: 3 }))).toEqual(['efi-subsystem']);
    expect(rules(buildPe({ entry: 0x1200 }))).toEqual(['efi-entry']);
    expect(rules(buildPe({ entry: 0 }))).toEqual(['efi-entry']);
  });
});
