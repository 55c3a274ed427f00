import type { Arch, Backend } from '@nx-redox/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import schema from '../executors/sysroot/schema.json';
import { SPEC_CHANGES, type SpecJson } from './catalogue';
import { changeSpec } from './derive';

/** What rustc 1.95.0 prints for three of its targets, without parts that no change touches. */
const NONE: SpecJson = {
  arch: 'aarch64',
  'disable-redzone': true,
  features: '+v8a,+strict-align,+neon',
  'llvm-target': 'aarch64-unknown-none',
  'max-atomic-width': 128,
  metadata: { description: 'Bare ARM64, hardfloat', tier: 2 },
  'panic-strategy': 'abort',
  'pre-link-args': { 'gnu-lld': ['--fix-cortex-a53-843419'], gnu: ['--fix-cortex-a53-843419'] },
  'relocation-model': 'static',
};
const SOFT: SpecJson = { ...NONE, abi: 'softfloat', 'rustc-abi': 'softfloat', features: '+v8a,+strict-align,-neon' };
const X86: SpecJson = {
  arch: 'x86_64',
  features: '-mmx,-sse,-sse2,-sse3,-ssse3,-sse4.1,-sse4.2,-avx,-avx2,+soft-float',
  'llvm-target': 'x86_64-unknown-none-elf',
  'position-independent-executables': true,
  'rustc-abi': 'softfloat',
  'static-position-independent-executables': true,
};

/** Redox's own, as far as changes touch it. */
const REDOX: SpecJson = {
  arch: 'x86_64',
  'late-link-args': { 'gnu-cc': ['-lgcc'], 'gnu-lld-cc': ['-lgcc'] },
  'linker-flavor': 'gnu-cc',
  'llvm-target': 'x86_64-unknown-redox',
  'pre-link-args': { 'gnu-cc': ['-m64'], 'gnu-lld-cc': ['-m64'], 'gnu-lld': ['--as-is'] },
  'relro-level': 'full',
};

const derive = (base: SpecJson, changes: string[], arch: Arch = 'aarch64', backend: Backend = 'cranelift') =>
  changeSpec(base, { name: 'mini', base: 'some-base', changes }, arch, backend);
const json = (base: SpecJson, changes: string[], arch?: Arch, backend?: Backend) =>
  JSON.parse(derive(base, changes, arch, backend).json) as SpecJson;

describe('changeSpec', () => {
  it('makes what mini needs', () => {
    const {
      target,
      json: text,
      explanation,
    } = derive(NONE, ['elf-object-format', 'atomics-64', 'panic-abort', 'frame-pointers']);
    expect(target).toMatch(/^aarch64-mini-[0-9a-f]{8}$/);
    expect(JSON.parse(text)).toMatchObject({
      'llvm-target': 'aarch64-unknown-none-elf',
      'max-atomic-width': 64,
      'panic-strategy': 'abort',
      'frame-pointer': 'always',
    });
    expect(explanation).toHaveLength(4);
    expect(explanation[1]).toMatch(/^atomics-64: max-atomic-width: 128 → 64; Cranelift has no 128-bit/);
    expect(explanation[2]).toMatch(/^panic-abort: is so already/);
  });

  it('leaves out what only describes the built-in target', () => {
    expect(Object.keys(json({ ...NONE, 'is-builtin': true }, []))).not.toContain('metadata');
    expect(Object.keys(json({ ...NONE, 'is-builtin': true }, []))).not.toContain('is-builtin');
  });

  it('turns soft float off for both architectures', () => {
    const arm = json(SOFT, ['no-soft-float']);
    expect(arm['features']).toBe('+v8a,+strict-align,+neon,+fp-armv8');
    expect(arm).not.toHaveProperty('abi');
    expect(arm).not.toHaveProperty('rustc-abi');
    const intel = json(X86, ['no-soft-float', 'no-pie'], 'x86_64');
    expect(intel['features']).toBe('-avx,-avx2');
    expect(intel).not.toHaveProperty('rustc-abi');
    expect(intel['position-independent-executables']).toBe(false);
    expect(intel).not.toHaveProperty('static-position-independent-executables');
  });

  it('makes a change for the backend that needs it, and says why the other one does without', () => {
    const changes = ['cranelift-hard-float'];
    expect(json(SOFT, changes)).toEqual(json(SOFT, ['no-soft-float']));
    expect(json(SOFT, changes, 'aarch64', 'llvm')['features']).toBe('+v8a,+strict-align,-neon');
    expect(derive(SOFT, changes, 'aarch64', 'llvm').explanation[0]).toMatch(
      /left out, LLVM does without; .*soft-float/,
    );
  });

  it('links with lld alone, and leaves out what is for a C compiler', () => {
    const changed = json(REDOX, ['rust-lld', 'no-relro'], 'x86_64');
    expect(changed).toMatchObject({
      linker: 'rust-lld',
      'linker-flavor': 'gnu-lld',
      'pre-link-args': { 'gnu-lld': ['--as-is'] },
      'relro-level': 'off',
    });
    expect(changed).not.toHaveProperty('late-link-args');
  });

  it('gives a kernel of aarch64 its own thread pointer, once, and makes no unwind tables', () => {
    const changed = json({ ...NONE, 'default-uwtable': true }, ['tpidr-el1', 'no-unwind-tables', 'tpidr-el1']);
    expect(changed['features']).toBe('+v8a,+strict-align,+neon,+tpidr-el1');
    expect(changed).not.toHaveProperty('default-uwtable');
    expect(json(X86, ['tpidr-el1'], 'x86_64')['features']).toBe(X86['features']);
  });

  it('compiles each crate as one unit with Cranelift, and lets the linker fold what is the same', () => {
    expect(json(NONE, ['one-codegen-unit'])['default-codegen-units']).toBe(1);
    expect(json(NONE, ['one-codegen-unit'], 'aarch64', 'llvm')).not.toHaveProperty('default-codegen-units');
    expect(json(NONE, ['fold-identical-code'])['post-link-args']).toEqual({ 'gnu-lld': ['--icf=all'] });
    expect(json(REDOX, ['fold-identical-code'], 'x86_64')['post-link-args']).toEqual({ 'gnu-cc': ['-Wl,--icf=all'] });
    expect(json(REDOX, ['rust-lld', 'fold-identical-code'], 'x86_64')['post-link-args']).toEqual({
      'gnu-lld': ['--icf=all'],
    });
  });

  it('calls a target without changes by its own name, as manifests do', () => {
    expect(derive(NONE, []).target).toBe('some-base');
  });

  it('does not touch a triple that names its object format', () => {
    expect(json(X86, ['elf-object-format'], 'x86_64')['llvm-target']).toBe('x86_64-unknown-none-elf');
  });

  it('relocates statically', () => {
    expect(json({ ...NONE, 'relocation-model': 'pic' }, ['static-relocation'])['relocation-model']).toBe('static');
  });

  it('does not change its input', () => {
    const before = JSON.stringify(SOFT);
    derive(SOFT, Object.keys(SPEC_CHANGES));
    expect(JSON.stringify(SOFT)).toBe(before);
  });

  it('gives the same bytes for any order of keys, and another name for other content', () => {
    const name = derive(NONE, ['atomics-64']).target;
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.entries(NONE), { minLength: Object.keys(NONE).length }), (entries) => {
        expect(derive(Object.fromEntries(entries), ['atomics-64']).target).toBe(name);
      }),
    );
    expect(derive(NONE, []).target).not.toBe(name);
  });

  it('is the same when a change is named twice', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(SPEC_CHANGES)), (changes) => {
        expect(derive(SOFT, [...changes, ...changes]).json).toBe(derive(SOFT, changes).json);
      }),
    );
  });

  it('says what is not possible', () => {
    expect(() => derive(NONE, ['atomics-46'])).toThrow(/no change "atomics-46"/);
    expect(() => derive(NONE, [], 'x86_64')).toThrow(/is for aarch64, not for x86_64/);
    expect(() => changeSpec(NONE, { name: 'Mini Spec', base: 'x', changes: [] }, 'aarch64', 'llvm')).toThrow(
      /not usable/,
    );
  });
});

describe('the catalogue', () => {
  it('is what the schema of the executor offers', () => {
    expect(schema.properties.spec.properties.changes.items.enum).toEqual(Object.keys(SPEC_CHANGES));
  });
});
