import type { Elf } from '@nx-redox/binary';
import { backendRules } from './backend';
import { bootstrapRules } from './bootstrap';
import { codeRules } from './code';
import { dynamicRules } from './dynamic';
import { entryRules } from './entry';
import { identityRules } from './identity';
import { ALL_KINDS, type CheckOptions, type ElfKind, type Finding, type Rule } from './rule';
import { segmentRules } from './segments';
import { symbolRules } from './symbols';

/** Every rule, in the order in which findings are shown. */
export const RULES: readonly Rule[] = [
  ...identityRules,
  ...entryRules,
  ...segmentRules,
  ...dynamicRules,
  ...bootstrapRules,
  ...symbolRules,
  ...backendRules,
  ...codeRules,
];

/**
 * Checks whether a linked file can boot on Redox.
 *
 * @throws {FormatError} if a table that a rule reads is damaged.
 */
export function checkElf(elf: Elf, kind: ElfKind, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const { id, kinds = ALL_KINDS, severity = 'error', reason, fix, check } of RULES) {
    if (!kinds.includes(kind) || (severity === 'info' && !options.info)) continue;
    for (const message of check(elf, options)) findings.push({ rule: id, severity, message, reason, fix });
  }
  return findings;
}
