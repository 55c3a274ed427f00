export { formatFindings } from './rules/format';
export { checkElf, RULES } from './rules';
export { checkPe } from './rules/pe';
export type { CheckOptions, ElfKind, Finding, Rule, Severity } from './rules/rule';
