import {
  DT_PLTRELSZ,
  DT_RELASZ,
  DT_RELRSZ,
  DT_RELSZ,
  PT_INTERP,
  SHF_ALLOC,
  SHT_REL,
  SHT_RELA,
  SHT_RELR,
} from '@nx-redox/binary';
import type { Rule } from './rule';

const RELOCATIONS: ReadonlySet<number> = new Set([SHT_REL, SHT_RELA, SHT_RELR]);

/** What only a dynamic linker could do; there is none before the root file system is up. */
export const dynamicRules: readonly Rule[] = [
  {
    id: 'no-interpreter',
    reason:
      'The program asks for a dynamic linker (PT_INTERP); in the initfs there is none, so exec fails with "No such file or directory".',
    fix: 'link it statically: "-C target-feature=+crt-static", or a spec without "dynamic-linking"',
    *check(elf) {
      const interp = elf.segments.find((segment) => segment.type === PT_INTERP);
      if (!interp) return;
      const inside = interp.offset + interp.fileSize <= elf.bytes.length && interp.fileSize <= 4096;
      const path = inside ? Buffer.from(elf.segmentBytes(interp)).toString('utf8').replace(/\0.*$/s, '') : '?';
      yield `it asks for the interpreter "${path}"`;
    },
  },
  {
    id: 'no-dynamic-relocations',
    reason:
      'Nobody applies relocations to a static program on Redox: pointers in its data stay as the linker left them, and the ' +
      'program reads or jumps through wrong addresses.',
    fix: 'build it with "-C relocation-model=static" and link it without -pie',
    *check(elf) {
      const found = elf.sections.filter(
        (s) => RELOCATIONS.has(s.type) && (s.flags & BigInt(SHF_ALLOC)) !== 0n && s.size > 0,
      );
      for (const section of found) {
        const count = section.entrySize > 0 ? Math.floor(section.size / section.entrySize) : section.size;
        yield `it has ${count} dynamic relocations in ${section.name || `section ${section.index}`}`;
      }
      if (found.length > 0) return;
      // A file without section headers still has its dynamic table.
      const names = new Map([
        [DT_RELASZ, 'DT_RELA'],
        [DT_RELSZ, 'DT_REL'],
        [DT_RELRSZ, 'DT_RELR'],
        [DT_PLTRELSZ, 'DT_JMPREL'],
      ]);
      for (const { tag, value } of elf.dynamic()) {
        const name = names.get(Number(tag));
        if (name && value > 0n) yield `its dynamic table has ${value} bytes of relocations (${name})`;
      }
    },
  },
];
