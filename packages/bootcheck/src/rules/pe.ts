import { hex, type Machine, PE_MACHINES, type PeFile, peMachineName } from '@nx-redox/binary';
import type { Finding } from './rule';

const EFI_APPLICATION = 10;

/** Checks whether UEFI firmware of a machine starts the file. */
export function checkPe(pe: PeFile, { machine }: { machine: Machine }): Finding[] {
  const findings: Finding[] = [];
  const error = (rule: string, message: string, reason: string, fix: string) =>
    findings.push({ rule, severity: 'error', message, reason, fix });
  if (pe.machine !== PE_MACHINES[machine]) {
    error(
      'efi-machine',
      `it is for ${peMachineName(pe.machine)}, not for ${machine}`,
      'Firmware starts EFI files of its own machine only and goes on to the next boot option, or to its shell.',
      `build it for ${machine}-unknown-uefi`,
    );
  }
  if (pe.subsystem !== EFI_APPLICATION) {
    error(
      'efi-subsystem',
      `its subsystem is ${pe.subsystem}, not ${EFI_APPLICATION} (EFI application)`,
      'Firmware refuses to start a file that is not an EFI application.',
      'link it for a *-unknown-uefi target, or with "/subsystem:efi_application"',
    );
  }
  const home = pe.sections.find(
    (s) => pe.entry >= s.virtualAddress && pe.entry < s.virtualAddress + Math.max(s.size, s.fileSize),
  );
  if (!home) {
    error(
      'efi-entry',
      `its entry point ${hex(pe.entry)} is in no section`,
      'The first instruction is fetched from memory that is not part of the file.',
      'define efi_main and link with "/entry:efi_main"',
    );
  }
  return findings;
}
