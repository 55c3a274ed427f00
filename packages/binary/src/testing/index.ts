export { buildAr, buildElf, type ElfSpec, type SegmentSpec, type SymbolSpec } from './build-elf';
export { buildPe } from './build-pe';
