import { producerOf } from '@nx-redox/binary';
import { otherBackend } from '@nx-redox/kit';
import type { Rule } from './rule';

const MAX_NAMES = 8;

function crates(units: readonly { crate?: string; name: string }[]): string {
  const names = [...new Set(units.map((unit) => unit.crate ?? unit.name))].sort();
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Which of rustc's backends made the code. */
export const backendRules: readonly Rule[] = [
  {
    id: 'backend',
    reason: 'The file is meant to be built by one backend, so that a boot says something about that backend.',
    fix: 'build it again with that backend, or say in system.toml which component is built by the other one and why',
    *check(elf, { backend }) {
      if (!backend) return;
      const { producer, units } = producerOf(elf.bytes, elf.file);
      if (producer === backend || producer === 'unknown') return;
      const others = units.filter((unit) => unit.by === otherBackend(backend));
      const which = others.length > 0 ? `: ${crates(others)}` : '';
      yield producer === 'mixed'
        ? `parts of it are not made by ${backend}${which}`
        : `it is made by ${producer}, not by ${backend}`;
    },
  },
  {
    id: 'one-backend',
    severity: 'info',
    reason:
      'Crates of both backends in one file work together as long as their calls agree: C-variadic functions and 128-bit ' +
      'atomics are where they do not.',
    fix: 'nothing, if system.toml says so for a component; else build all crates with one backend',
    *check(elf, { backend }) {
      if (backend) return;
      const { producer, units } = producerOf(elf.bytes, elf.file);
      if (producer !== 'mixed') return;
      const by = (name: string) => crates(units.filter((unit) => unit.by === name));
      yield `Cranelift made ${by('cranelift')}; LLVM made ${by('llvm')}`;
    },
  },
];
