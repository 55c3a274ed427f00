import { type Elf, parsePe, type PeFile } from '@nx-redox/binary';
import { checkElf, checkPe, type ElfKind, formatFindings } from '@nx-redox/bootcheck';
import { type Arch, UserError } from '@nx-redox/kit';
import { redox } from '@nx-redox/redox';

/**
 * Checks that a linked program can boot on Redox.
 *
 * @returns the warnings, as text for people; empty if there are none.
 * @throws {UserError} naming file, rule, reason and fix for each rule that is broken.
 */
export function checkBoot(elf: Elf, kind: ElfKind, arch: Arch, file: string): string {
  const findings = checkElf(elf, kind, { machine: arch, memory: redox.memory });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new UserError(`this ${kind} cannot boot on Redox:\n${formatFindings(errors).trimEnd()}`, { file });
  }
  return findings.length > 0 ? `${file}:\n${formatFindings(findings)}` : '';
}

/**
 * Reads a boot loader and checks that UEFI firmware of its machine starts it.
 *
 * @throws {FormatError} if it is no PE/COFF file.
 * @throws {UserError} naming rule, reason and fix for each rule that is broken.
 */
export function readPe(bytes: Uint8Array, arch: Arch, file: string): { bytes: Uint8Array; pe: PeFile } {
  const pe = parsePe(bytes, file);
  const findings = checkPe(pe, { machine: arch });
  if (findings.length > 0) {
    throw new UserError(`UEFI firmware does not start this boot loader:\n${formatFindings(findings).trimEnd()}`, {
      file,
    });
  }
  return { bytes, pe };
}
