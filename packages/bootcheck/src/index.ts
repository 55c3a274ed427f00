export { formatFindings } from './rules/format';
export { checkElf } from './rules';
export { checkPe } from './rules/pe';
export type { CheckOptions, ElfKind, Finding } from './rules/rule';
