import { type Arch, UserError } from '@nx-redox/common';
import { checkElf, type Elf, type ElfKind, formatFindings } from '@nx-redox/elf';

/**
 * Checks that a linked program can boot on Redox.
 *
 * @returns the warnings, as text for people; empty if there are none.
 * @throws {UserError} naming file, rule, reason and fix for each rule that is broken.
 */
export function checkBoot(elf: Elf, kind: ElfKind, arch: Arch, file: string): string {
  const findings = checkElf(elf, kind, { machine: arch });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new UserError(`this ${kind} cannot boot on Redox:\n${formatFindings(errors).trimEnd()}`, { file });
  }
  return findings.length > 0 ? `${file}:\n${formatFindings(findings)}` : '';
}
