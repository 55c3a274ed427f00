import { type Arch, UserError } from '@nx-redox/common';
import { checkElf, type Elf, type ElfKind, type Finding } from '@nx-redox/elf';

function formatFinding({ rule, message, reason, fix }: Finding): string {
  return `  ${rule}: ${message}\n    why: ${reason}\n    fix: ${fix}`;
}

/**
 * Checks that a linked program can boot on Redox.
 *
 * @returns the warnings, as text for people.
 * @throws {UserError} naming file, rule, reason and fix for each rule that is broken.
 */
export function checkBoot(elf: Elf, kind: ElfKind, arch: Arch, file: string): string[] {
  const findings = checkElf(elf, kind, { machine: arch });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new UserError(`this ${kind} cannot boot on Redox:\n${errors.map(formatFinding).join('\n')}`, { file });
  }
  return findings.map((finding) => `${file}: warning:\n${formatFinding(finding)}`);
}
