import {
  type Arch,
  type FailureWords,
  firmwareName,
  installAdvice,
  isFile,
  run,
  UEFI_LOADER,
  UserError,
} from '@nx-redox/kit';
import { open } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import facts from './firmware-places.json';
import { qemuMissing, qemuProgram } from './qemu-program';
import type { Method } from './machine';

/** UEFI firmware for a machine. Absolute paths. */
export interface Firmware {
  /** The firmware's code, or code and variables in one image. */
  code: string;
  /** Template of the variables that belong to it. */
  variables?: string;
}

interface FirmwareFacts {
  /** Variable that names another image. */
  variable: string;
  /** Where distributions put it: apt (two generations), dnf, pacman, zypper, apk, emerge. */
  places: readonly string[];
  /** Name of the image that QEMU's own releases (and with them Homebrew, MacPorts, Nix) have beside their other data. */
  bundled: string;
}

/** The setup of a clone reads the same file. */
const FACTS: Record<Arch, FirmwareFacts> = facts;

/** Names that the variables of an image have in the folder of the code. */
function variablesOf(code: string): string[] {
  const name = basename(code);
  if (name === 'edk2-x86_64-code.fd') return ['edk2-i386-vars.fd'];
  const other = name.replace('CODE', 'VARS').replace('code', 'vars');
  return other === name ? [] : [other];
}

/** QEMU_EFI of a machine that takes any image as ROM has no use for variables, which it keeps in memory. */
async function withVariables(arch: Arch, code: string): Promise<Firmware> {
  if (arch !== 'x86_64') return { code };
  for (const name of variablesOf(code)) {
    const variables = join(dirname(code), name);
    if (await isFile(variables)) return { code, variables };
  }
  return { code };
}

/** Neither ROMs nor raw flash can be in QEMU's own image format, which some distributions offer too. */
async function checkRaw(code: string, named: string): Promise<void> {
  const file = await open(code);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString('latin1') !== 'QFI\xfb') return;
  } finally {
    await file.close();
  }
  throw new UserError(`the firmware that ${named} names is a qcow2 image`, {
    file: code,
    advice: 'name a raw image (.fd), or make one: qemu-img convert -O raw IMAGE firmware.fd',
  });
}

/** Folders where QEMU has its data files, by its own account. */
async function dataFolders(arch: Arch, signal?: AbortSignal): Promise<string[]> {
  const asked = await run(qemuProgram(arch), ['-L', 'help'], { signal, timeoutMs: 10_000 }).catch((error: unknown) => {
    if (error instanceof UserError && !signal?.aborted) throw qemuMissing(arch, 'not found');
    throw error;
  });
  return asked.exitCode === 0 ? asked.stdout.split('\n').filter((line) => isAbsolute(line)) : [];
}

/**
 * Finds UEFI firmware: what the option or the variable `REDOX_FIRMWARE_<ARCH>` names, else in the places of the
 * distributions, else among QEMU's own files.
 *
 * @param given the option: relative to `root`, or absolute
 * @param places where distributions put it; for tests
 * @throws {UserError} that names all places if there is none.
 */
export async function findFirmware(
  arch: Arch,
  { root, given, signal }: { root: string; given?: string; signal?: AbortSignal },
  places: readonly string[] = FACTS[arch].places,
): Promise<Firmware> {
  const { variable, bundled } = FACTS[arch];
  const fromVariable = process.env[variable] || undefined;
  const chosen = given ?? fromVariable;
  if (chosen !== undefined) {
    const named = given === undefined ? variable : 'the option firmware';
    const code = resolve(root, chosen);
    if (!(await isFile(code))) {
      throw new UserError(`the firmware that ${named} names is not there`, {
        file: chosen,
        advice: `correct ${named}, or leave it out: then firmware is looked for in the usual places`,
      });
    }
    await checkRaw(code, named);
    return withVariables(arch, code);
  }
  for (const place of places) if (await isFile(place)) return withVariables(arch, place);
  const own = (await dataFolders(arch, signal)).map((folder) => join(folder, bundled));
  for (const place of own) if (await isFile(place)) return withVariables(arch, place);
  throw new UserError(`there is no UEFI firmware for ${arch}`, {
    advice: [
      `looked for: ${[...places, ...own].join(', ')}`,
      ...installAdvice(firmwareName(arch)),
      `or name an image with ${variable}=/path/to/firmware.fd`,
    ],
  });
}

/** Lines by which firmware (edk2, SeaBIOS) says that the boot ends with it. */
export function firmwareFailures(arch: Arch, method: Method): FailureWords[] {
  if (method === 'direct') return [];
  if (method === 'bios') {
    return [
      {
        pattern: 'No bootable device|Boot failed: not a bootable disk|Boot failed: could not read the boot disk',
        cause: 'the BIOS found no boot sector on the disk',
      },
    ];
  }
  const program = UEFI_LOADER[arch];
  return [
    {
      pattern: String.raw`BdsDxe: failed to load Boot.*: Not Found`,
      cause: `the firmware found no bootloader on the disk: no FAT partition with ${program}`,
    },
    {
      pattern: String.raw`BdsDxe: failed to (?:load|start) Boot.*: (?:[A-MO-Z]\w|No )`,
      cause: `the firmware refused ${program}, or that returned with an error`,
    },
    {
      pattern: String.raw`UEFI Interactive Shell|BdsDxe: No bootable option`,
      cause: `the firmware booted nothing: ${program} is not on the disk, or it returned`,
    },
    {
      // Arm's and x86's default exception handlers of edk2; they serve until a kernel has its own.
      pattern: String.raw`Synchronous Exception at 0x|!!!! X64 Exception Type`,
      cause:
        "a CPU exception before the kernel has handlers of its own: in the bootloader or in the kernel's first steps",
    },
  ];
}
