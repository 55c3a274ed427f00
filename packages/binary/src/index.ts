export { fpInstructions } from './aarch64';
export { isAr, readAr, type ArMember } from './ar';
export { ByteReader, FormatError } from './byte-reader';
export { formatBreakdown, formatChange, formatSizes, type SizeTitles } from './compare-sizes';
export {
  DT_PLTRELSZ,
  DT_RELASZ,
  DT_RELRSZ,
  DT_RELSZ,
  ELF_TYPES,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  machineName,
  MACHINES,
  PF_W,
  PF_X,
  PT_DYNAMIC,
  PT_INTERP,
  SEGMENT_TYPES,
  SHF_ALLOC,
  SHF_TLS,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_REL,
  SHT_RELA,
  SHT_RELR,
  STT_FILE,
  STT_SECTION,
  type Machine,
} from './constants';
export { demangle } from './demangle';
export { compileUnits } from './dwarf';
export { lineTable, LineTable, type SourcePlace } from './line-table';
export { Elf, isElf, isElfFile, parseElf, readElf, type ElfSymbol, type Segment } from './elf';
export { flattenElf } from './flatten';
export { FunctionTable, functionTable } from './functions';
export { hex } from './hex';
export { isPe, parsePe, PE_MACHINES, peMachineName, type PeFile } from './pe';
export { mapProgram } from './program-map';
export { producerOf, unitOf, type CodegenUnit, type ProducerReport } from './producer';
export { programSizes, requireBudget, type SizedFile } from './size-record';
export { addBreakdown, emptyBreakdown, sizeBreakdown, type SizeBreakdown } from './size';
export { stripElf } from './strip';
export { formatWhy, joinWhy, whyReport } from './why';
