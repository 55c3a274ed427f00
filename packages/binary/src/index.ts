export { fpInstructions } from './aarch64';
export { isAr, readAr, type ArMember } from './ar';
export { ByteReader, FormatError } from './byte-reader';
export { formatBreakdown, formatChange, formatSizes, type SizeRow, type SizeTitles } from './compare-sizes';
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
export { crateOf, demangle } from './demangle';
export { compileUnits, type CompileUnit } from './dwarf';
export { lineTable, LineTable, type SourcePlace } from './line-table';
export {
  Elf,
  isElf,
  isElfFile,
  parseElf,
  readElf,
  type ElfSymbol,
  type Note,
  type Relocation,
  type RelocationSection,
  type Section,
  type Segment,
} from './elf';
export { flattenElf, type FlatImage } from './flatten';
export { FunctionTable, functionTable, type FunctionRange } from './functions';
export { hex } from './hex';
export { isPe, parsePe, PE_MACHINES, peMachineName, type PeFile } from './pe';
export { mapProgram, programItems, type ProgramItem, type ProgramMap } from './program-map';
export { producerOf, type CodegenUnit, type Producer, type ProducerReport } from './producer';
export { programSizes, requireBudget, type Budget, type ProgramSizes, type SizedFile } from './size-record';
export { addBreakdown, emptyBreakdown, sizeBreakdown, type SizeBreakdown } from './size';
export { stripElf } from './strip';
export { cratesOf, formatWhy, joinWhy, whyReport, type WhyItem, type WhyReport } from './why';
