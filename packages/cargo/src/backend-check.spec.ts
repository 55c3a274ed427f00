import type { CodegenUnit, ProducerReport } from '@nx-redox/binary';
import { formatError } from '@nx-redox/kit';
import { describe, expect, it } from 'vitest';
import { checkBackend, type Evidence, libcCrates, peCrates } from './backend-check';

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

const WISH = { backend: 'cranelift', crateBackends: {}, crate: 'my_init' } as const;

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
    expect(checkBackend(WISH, crates, program(unit('core', 'cranelift'), assembly))).toEqual([
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
    const text = refusal(WISH, crates, linked);
    expect(text.split('\n').filter((line) => line.startsWith('  ') && !line.includes('→'))).toEqual([
      '  a-b 1.0.0 (1 units in liba-b.rlib)',
      '  mix 1.0.0 (2 units in libmix.rlib)',
      '  core (codegen unit core.1582ca7a78bcd498-cgu.0 in libmy-init.rlib)',
      '  my-init 1.0.0 (codegen unit my_init.1582ca7a78bcd498-cgu.0 in libmy-init.rlib)',
    ]);
    expect(refusal({ ...WISH, backend: 'llvm' }, [], program())).toContain(
      'compiled by LLVM alone, but Cranelift compiled',
    );
  });

  it('does not guess when the file does not tell', () => {
    const stripped = evidence('my-init', 'cranelift', []);
    expect(refusal(WISH, [], stripped)).toContain('cannot tell which backend compiled my-init');
  });

  describe('with crates of the other backend', () => {
    const wish = { ...WISH, crateBackends: { 'a-b': 'llvm' } } as const;
    const ab = (by: 'cranelift' | 'llvm') => evidence('a-b', by, [unit('a_b', by)]);

    it('takes exactly those, and says who made what', () => {
      expect(checkBackend(wish, [ab('llvm')], program(unit('a_b', 'llvm')))).toEqual([
        { name: 'a-b', version: '1.0.0', backend: 'llvm' },
        { name: 'my-init', version: '1.0.0', backend: 'cranelift' },
      ]);
      const other = evidence('other', 'llvm', [unit('other', 'llvm')]);
      expect(refusal(wish, [ab('llvm'), other], program())).toContain(
        'was to be compiled by Cranelift, and a-b by LLVM, but the other backend compiled:\n  other 1.0.0',
      );
    });

    it('refuses them if they are not', () => {
      expect(refusal(wish, [ab('cranelift')], program())).toContain('\n  a-b 1.0.0 (');
      expect(refusal(wish, [], program())).toContain('my-init has no crate "a-b"');
    });

    it('takes the program itself by the other backend', () => {
      const nameless: CodegenUnit = { name: '31wd2lhro0dk2qy63trskn2bs', by: 'llvm' };
      const own = evidence('my-init', 'llvm', [unit('my_init', 'llvm'), nameless]);
      expect(checkBackend({ ...WISH, crateBackends: { 'my-init': 'llvm' } }, [], own)).toEqual([
        { name: 'my-init', version: '1.0.0', backend: 'llvm' },
      ]);
    });
  });

  it('leaves the C library to its own build, and lists what of it was linked', () => {
    const [relibc, used, unused] = [unit('relibc', 'llvm'), unit('bits', 'cranelift'), unit('rand', 'llvm')];
    const libc = { units: new Map([relibc, used, unused].map((entry) => [entry.name, entry])) };
    const linked = program(relibc, used);
    expect(checkBackend({ ...WISH, libc }, [], linked)).toHaveLength(1);
    expect(libcCrates(libc, linked.report)).toEqual([
      { name: 'bits', backend: 'cranelift' },
      { name: 'relibc', backend: 'llvm' },
    ]);
    expect(refusal(WISH, [], linked)).toContain('\n  relibc (codegen unit');
  });

  it('takes PE/COFF objects for what the compiler makes that was called', () => {
    const crates = [
      { name: 'spin', version: '1.0.0', hasCoff: true },
      { name: 'traits', version: '1.0.0', hasCoff: false },
    ];
    expect(peCrates('llvm', crates, { name: 'loader', version: '2.0.0' })).toEqual([
      { name: 'loader', version: '2.0.0', backend: 'llvm' },
      { name: 'spin', version: '1.0.0', backend: 'llvm' },
      { name: 'traits', version: '1.0.0', backend: 'none' },
    ]);
  });
});
