import { formatError } from '@nx-redox/common';
import type { CodegenUnit, ProducerReport } from '@nx-redox/elf';
import { describe, expect, it } from 'vitest';
import { checkBackend, type Evidence } from './backend-check';

const unit = (crate: string, by: CodegenUnit['by']): CodegenUnit => ({
  name: `${crate}.1582ca7a78bcd498-cgu.0`,
  crate,
  by,
});
const evidence = (
  name: string,
  producer: ProducerReport['producer'],
  units: CodegenUnit[],
  version = '1.0.0',
): Evidence => ({
  name,
  version,
  file: `lib${name}.rlib`,
  report: { producer, certain: true, evidence: [`${units.length} units`], units },
});
const program = (...units: CodegenUnit[]) => evidence('my-init', 'cranelift', [unit('my_init', 'cranelift'), ...units]);

describe('checkBackend', () => {
  it('lists each crate once, sorted; one without code of its own has no backend', () => {
    const crates = [
      evidence('traits', 'unknown', []),
      evidence('libc', 'cranelift', [unit('libc', 'cranelift')]),
      evidence('libc', 'unknown', []),
      evidence('bits', 'unknown', [], '2.0.0'),
      evidence('bits', 'cranelift', [unit('bits', 'cranelift')], '1.0.0'),
    ];
    const assembly: CodegenUnit = { name: 'rust_out.a9417c219dda1213-cgu.0', by: 'assembly' };
    expect(checkBackend('cranelift', crates, program(unit('core', 'cranelift'), assembly), 'my_init')).toEqual([
      { name: 'bits', version: '1.0.0', backend: 'cranelift' },
      { name: 'bits', version: '2.0.0', backend: 'none' },
      { name: 'libc', version: '1.0.0', backend: 'cranelift' },
      { name: 'my-init', version: '1.0.0', backend: 'cranelift' },
      { name: 'traits', version: '1.0.0', backend: 'none' },
    ]);
  });

  const refusal = (...args: Parameters<typeof checkBackend>) => {
    try {
      checkBackend(...args);
    } catch (error) {
      return formatError(error);
    }
    return expect.unreachable();
  };

  it('names every crate of the other backend once: dependencies, the standard library, the program itself', () => {
    const crates = [
      evidence('a-b', 'llvm', [unit('a_b', 'llvm')]),
      evidence('mix', 'mixed', [unit('mix', 'llvm'), unit('mix', 'cranelift')]),
    ];
    const linked = program(unit('a_b', 'llvm'), unit('core', 'llvm'), unit('core', 'llvm'), unit('my_init', 'llvm'));
    const text = refusal('cranelift', crates, linked, 'my_init');
    expect(text.split('\n').filter((line) => line.startsWith('  ') && !line.includes('→'))).toEqual([
      '  a-b 1.0.0 (1 units in liba-b.rlib)',
      '  mix 1.0.0 (2 units in libmix.rlib)',
      '  core (codegen unit core.1582ca7a78bcd498-cgu.0 in libmy-init.rlib)',
      '  my-init 1.0.0 (codegen unit my_init.1582ca7a78bcd498-cgu.0 in libmy-init.rlib)',
    ]);
    expect(refusal('llvm', [], program(), 'my_init')).toContain('compiled by LLVM alone, but Cranelift compiled');
  });

  it('does not guess when the file does not tell', () => {
    const stripped = evidence('my-init', 'cranelift', []);
    expect(refusal('cranelift', [], stripped, 'my_init')).toContain('cannot tell which backend compiled my-init');
  });
});
