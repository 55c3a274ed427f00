import { BACKENDS } from '@nx-redox/kit';
import { describe, expect, it } from 'vitest';
import { changesFor, specNameOf } from './changes';

describe('changesFor', () => {
  const json = { arch: 'x86_64' };

  it('gives Cranelift hard floats, and a processor that it knows, where it compiles for no operating system', () => {
    const kernel = changesFor({ os: 'none', arch: 'x86_64', json }, 'cranelift');
    expect(kernel).toEqual(expect.arrayContaining(['cranelift-hard-float', 'cpu-x86-64']));
    expect(changesFor({ os: 'none', arch: 'x86_64', json }, 'llvm')).not.toContain('cranelift-hard-float');
  });

  it.each(['x86', 'arm', 'powerpc64'])('leaves %s, which Cranelift has not got, as LLVM has it', (arch) => {
    const [cranelift, llvm] = BACKENDS.map((backend) => changesFor({ os: 'none', arch, json: { arch } }, backend));
    expect(cranelift).toEqual(llvm);
  });

  it('unwinds nowhere, whatever a target file leaves out', () => {
    for (const backend of BACKENDS)
      for (const [os, arch] of [
        ['none', 'aarch64'],
        ['none', 'x86'],
        ['redox', 'x86_64'],
      ] as const)
        expect(changesFor({ os, arch, json: os === 'redox' ? undefined : { arch } }, backend)).toContain('panic-abort');
  });

  it('has the C library linked by rust-lld in programs of Redox, by both', () => {
    for (const backend of BACKENDS)
      expect(changesFor({ os: 'redox', arch: 'aarch64', json: undefined }, backend)).toContain('rust-lld');
  });
});

it('names a specification by what is after the architecture', () => {
  expect(specNameOf({ name: 'x86-unknown-none', arch: 'x86' })).toBe('unknown-none');
  expect(specNameOf({ name: 'my target.JSON', arch: 'x86' })).toBe('my-target-json');
});
