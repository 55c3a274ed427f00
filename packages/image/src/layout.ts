import { UserError } from '@nx-redox/kit';
import { derivedGuid } from './guid';

const MIB = 2 ** 20;
/** Bytes of a sector; the boot loader counts in these, too. */
const SECTOR = 512;
const SECTORS_PER_MIB = MIB / SECTOR;
/** What GPT takes at the start of the disk, and at its end. */
const TABLE_SECTORS = 34;

/** First and last sector, both part of it. */
export interface Slot {
  guid: string;
  firstLba: number;
  lastLba: number;
}

export interface Layout {
  guid: string;
  bios: Slot;
  efi: Slot;
  redox: Slot;
}

/**
 * The layout of Redox's installer: a BIOS boot partition up to the first MiB, an EFI system partition after it, RedoxFS up
 * to the last whole MiB before the backup of the table. With 1 MiB for EFI, RedoxFS is at 2 MiB, where the boot loader
 * looks even if the firmware tells it nothing of partitions.
 *
 * @param identity what the GUIDs follow from.
 * @throws {UserError} if there is no room for RedoxFS.
 */
export function layoutOf(sizeMiB: number, efiMiB: number, identity: string, sizeOption = 'sizeMiB'): Layout {
  const redox = (1 + efiMiB) * SECTORS_PER_MIB;
  const end = Math.floor((sizeMiB * SECTORS_PER_MIB - TABLE_SECTORS) / SECTORS_PER_MIB) * SECTORS_PER_MIB;
  // RedoxFS needs 256 blocks for its headers alone.
  const least = efiMiB + 4;
  if (sizeMiB < least) {
    throw new UserError(
      `a disk of ${sizeMiB} MiB has no room for an EFI system partition of ${efiMiB} MiB and for RedoxFS`,
      { advice: `set ${sizeOption} to ${least} or more` },
    );
  }
  const slot = (name: string, firstLba: number, next: number): Slot => ({
    guid: derivedGuid(name, identity),
    firstLba,
    lastLba: next - 1,
  });
  return {
    guid: derivedGuid('disk', identity),
    bios: slot('BIOS', TABLE_SECTORS, SECTORS_PER_MIB),
    efi: slot('EFI', SECTORS_PER_MIB, redox),
    redox: slot('REDOX', redox, end),
  };
}

/** Where a partition is on the disk, in bytes. */
export function extentOf({ firstLba, lastLba }: Slot): { offset: number; size: number } {
  return { offset: firstLba * SECTOR, size: (lastLba - firstLba + 1) * SECTOR };
}
