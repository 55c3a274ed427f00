import { readFileSync, statSync } from 'node:fs';
import { FormatError, machineName, MACHINES, parseElf, parsePe, type PeFile } from '@nx-redox/binary';
import { checkPe } from '@nx-redox/bootcheck';
import { type Arch, UserError } from '@nx-redox/kit';
import type { DiskNode } from './node';
import { mebibytes } from './size-text';

/** Where boot loaders look for kernel and initfs in RedoxFS: redox-os/bootloader src/main.rs, the second until 2025. */
const BOOT_FOLDERS = ['usr/lib/boot', 'boot'] as const;
const INITFS_MAGIC = Buffer.from('RedoxFtw');

/**
 * Reads the boot loader and makes sure that firmware of the machine starts it.
 *
 * @throws {UserError} if it is missing or not such a file.
 */
export function readBootLoader(path: string, file: string, arch: Arch): Buffer {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    throw new UserError(stats ? 'the boot loader is not a file' : 'the boot loader is missing', {
      file,
      advice: 'build the recipe of kind "bootloader" first; the image needs its .efi file',
    });
  }
  const bytes = readFileSync(path);
  const findings = checkPe(parsed(bytes, file), { machine: arch });
  if (findings.length > 0) {
    throw new UserError(
      `firmware would not start the boot loader: ${findings.map(({ message }) => message).join('; ')}`,
      {
        file,
        advice: findings.map(({ fix }) => fix),
      },
    );
  }
  return bytes;
}

/** Bytes up to the EFI system partition: a boot loader for BIOS starts at the disk's first byte. */
const BIOS_ROOM = 2 ** 20;

/**
 * Reads a boot loader for BIOS.
 *
 * @throws {UserError} if it is missing or too large.
 */
export function readBiosLoader(path: string, file: string): Buffer {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError('the boot loader for BIOS is missing', { file, advice: 'build what installs it first' });
  }
  const bytes = readFileSync(path);
  if (bytes.length > BIOS_ROOM) {
    throw new UserError(`the boot loader for BIOS has ${mebibytes(bytes.length)}, there is 1 MiB for it`, {
      file,
      advice: "name the file that Redox's bootloader installs as bootloader.bios",
    });
  }
  return bytes;
}

function parsed(bytes: Buffer, file: string): PeFile {
  try {
    return parsePe(bytes, file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError(`the boot loader is no EFI application: ${error.message}`, {
      file,
      advice: 'name the .efi file that the recipe of kind "bootloader" installs',
      cause: error,
    });
  }
}

/**
 * Makes sure that the boot loader will find kernel and initfs, and that they are what it takes them for. It does not follow
 * links.
 *
 * @returns their paths in the file system.
 * @throws {UserError} if one is missing or something else.
 */
export function checkBootFiles(nodes: readonly DiskNode[], arch: Arch): { kernel: string; initfs: string } {
  const find = (path: string) => nodes.find((node) => node.path === path);
  const folder = BOOT_FOLDERS.find((path) => find(`${path}/kernel`));
  if (!folder) {
    throw new UserError('the image has no kernel', {
      advice: `add the kernel's stage with the folder "usr" to "/", or its file to ${BOOT_FOLDERS[0]}/kernel (${BOOT_FOLDERS[1]}/kernel for boot loaders until 2025)`,
    });
  }
  const kernel = plainFile(find(`${folder}/kernel`), `${folder}/kernel`);
  const initfs = plainFile(find(`${folder}/initfs`), `${folder}/initfs`);
  const elf = parseElf(readFileSync(kernel.source), kernel.origin);
  if (elf.machine !== MACHINES[arch]) {
    throw new UserError(`${kernel.path} is for ${machineName(elf.machine)}, the image for ${arch}`, {
      advice: `it comes from ${kernel.origin}`,
    });
  }
  if (!readFileSync(initfs.source).subarray(0, INITFS_MAGIC.length).equals(INITFS_MAGIC)) {
    throw new UserError(`${initfs.path} is no initfs: it does not begin with "${INITFS_MAGIC}"`, {
      advice: `it comes from ${initfs.origin}`,
    });
  }
  return { kernel: kernel.path, initfs: initfs.path };
}

function plainFile(node: DiskNode | undefined, path: string): { path: string; source: string; origin: string } {
  const part = node?.kind === 'file' && node.content.length === 1 ? node.content[0] : undefined;
  if (node && part && 'source' in part) return { path, source: part.source, origin: node.origin };
  throw new UserError(
    !node ? `the image has no ${path}` : `${path} is a ${node.kind === 'file' ? 'text' : node.kind}, not a built file`,
    { advice: node ? `it comes from ${node.origin}` : 'add it: kernel and initfs are in the same folder' },
  );
}
