import { ELF_TYPES, ET_DYN, ET_EXEC, machineName, MACHINES } from '@nx-redox/binary';
import type { Rule } from './rule';

/** What sort of file it is: type, machine, word size. */
export const identityRules: readonly Rule[] = [
  {
    id: 'type-exec',
    reason:
      'Redox maps LOAD segments at their literal addresses and never relocates: a position-independent program jumps to ' +
      'addresses near 0 and dies with "UNHANDLED EXCEPTION" before main.',
    fix: 'build it with "-C relocation-model=static" and "position-independent-executables": false in the spec',
    *check(elf) {
      if (elf.type === ET_EXEC) return;
      const name = ELF_TYPES[elf.type] ?? String(elf.type);
      const note = elf.type === ET_DYN ? ' (position-independent)' : '';
      yield `its type is ET_${name}${note}, not ET_EXEC`;
    },
  },
  {
    id: 'machine',
    reason: 'The processor of the target cannot run it: it faults at its first instruction.',
    fix: 'build it for the architecture of the system (the base of its spec)',
    *check(elf, { machine }) {
      if (elf.machine !== MACHINES[machine]) yield `it is for ${machineName(elf.machine)}, not for ${machine}`;
    },
  },
  {
    id: 'class',
    reason: "Redox's loaders read ELF headers of the machine's own word size and little endian only.",
    fix: 'build it for the architecture of the system (the base of its spec)',
    *check(elf, { machine }) {
      const bits = machine === 'i586' ? 32 : 64;
      if (elf.bits !== bits) yield `it is a ${elf.bits}-bit file, not ${bits}-bit`;
      if (!elf.littleEndian) yield 'it is big endian';
    },
  },
];
