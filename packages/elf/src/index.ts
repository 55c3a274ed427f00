export { isAr, readAr, type ArMember } from './ar';
export { ByteReader, FormatError } from './byte-reader';
export {
  ELF_TYPES,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  machineName,
  MACHINES,
  PF_R,
  PF_W,
  PF_X,
  SEGMENT_TYPES,
  type Machine,
} from './constants';
export { compileUnits, type CompileUnit } from './dwarf';
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
export { demangle } from './demangle';
export { checkPe, isPe, parsePe, peMachineName, type PeFile } from './pe';
export { formatBreakdown, formatChange, formatSizes, type SizeRow, type SizeTitles } from './compare-sizes';
export { addBreakdown, emptyBreakdown, sizeBreakdown, type SizeBreakdown } from './size';
export { flattenElf, type FlatImage } from './flatten';
export { functionTable, FunctionTable, type FunctionRange } from './functions';
export { producerOf, type CodegenUnit, type Producer, type ProducerReport } from './producer';
export { BOOTSTRAP_ADDRESS } from './rules/bootstrap';
export { formatFindings } from './rules/format';
export { checkElf, RULES } from './rules/index';
export type { CheckOptions, ElfKind, Finding, Rule, Severity } from './rules/rule';
export { stripElf } from './strip';
