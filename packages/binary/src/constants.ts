/** Numbers of the System V ABI's ELF chapter and its processor supplements, as far as they are used here. */

export const ELF_TYPES: Readonly<Record<number, string>> = { 0: 'NONE', 1: 'REL', 2: 'EXEC', 3: 'DYN', 4: 'CORE' };
export const ET_REL = 1;
export const ET_EXEC = 2;
export const ET_DYN = 3;

/** e_machine of the architectures that Redox knows. */
export const MACHINES = { i586: 3, x86_64: 62, aarch64: 183, riscv64gc: 243 } as const;
export type Machine = keyof typeof MACHINES;

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const SEGMENT_TYPES: Readonly<Record<number, string>> = {
  0: 'NULL',
  1: 'LOAD',
  2: 'DYNAMIC',
  3: 'INTERP',
  4: 'NOTE',
  5: 'SHLIB',
  6: 'PHDR',
  7: 'TLS',
  0x6474e550: 'GNU_EH_FRAME',
  0x6474e551: 'GNU_STACK',
  0x6474e552: 'GNU_RELRO',
  0x6474e553: 'GNU_PROPERTY',
};
export const PF_X = 1;
export const PF_W = 2;

export const SHT_SYMTAB = 2;
export const SHT_RELA = 4;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;
export const SHT_DYNSYM = 11;
export const SHT_RELR = 19;
export const SHF_ALLOC = 2;
export const SHF_WRITE = 1;
export const SHF_EXECINSTR = 4;
export const SHF_TLS = 0x400;
export const SHF_COMPRESSED = 0x800;

export const SHN_UNDEF = 0;
export const SHN_XINDEX = 0xffff;

export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const STT_SECTION = 3;
export const STT_FILE = 4;

export const DT_NULL = 0;
export const DT_NEEDED = 1;
export const DT_STRTAB = 5;
export const DT_PLTRELSZ = 2;
export const DT_RELASZ = 8;
export const DT_RELSZ = 18;
export const DT_RELRSZ = 35;

/** Name of an e_machine number, or the number itself. */
export function machineName(machine: number): string {
  const known = Object.entries(MACHINES).find(([, value]) => value === machine);
  return known ? known[0] : `machine ${machine}`;
}
