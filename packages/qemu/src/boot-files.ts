import { flattenElf, hex, isElf, parseElf } from '@nx-redox/binary';
import { AsBuilt, UserError, writeFileWhole } from '@nx-redox/kit';
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BootFiles } from './command';
import { findFirmware } from './firmware';
import type { MachineOptions } from './options';

/** Where RAM begins on QEMU's aarch64 `virt` machine (hw/arm/virt.c, VIRT_MEM). */
const VIRT_RAM = 0x4000_0000n;
/** Where QEMU puts a kernel without an Image header (hw/arm/boot.c, KERNEL64_LOAD_ADDR). */
const RAW_OFFSET = 0x8_0000n;
/** Place and text of the magic number in an arm64 Image header (Documentation/arch/arm64/booting.rst). */
const IMAGE_MAGIC_OFFSET = 0x38;
const IMAGE_MAGIC = 'ARM\x64';

/** Where QEMU loads these bytes as a kernel, and whether they bring an Image header. */
function loadAddress(image: Uint8Array): { address: bigint; hasHeader: boolean } {
  const magic = Buffer.from(image.subarray(IMAGE_MAGIC_OFFSET, IMAGE_MAGIC_OFFSET + 4)).toString('latin1');
  if (magic !== IMAGE_MAGIC) return { address: VIRT_RAM + RAW_OFFSET, hasHeader: false };
  const view = new DataView(image.buffer, image.byteOffset);
  // text_offset only counts if image_size is not 0; QEMU's own start code is in the first page.
  let offset = RAW_OFFSET;
  if (view.getBigUint64(16, true) !== 0n) {
    offset = view.getBigUint64(8, true);
    if (offset < 0x1000n) offset += 0x20_0000n;
  }
  return { address: VIRT_RAM + offset, hasHeader: true };
}

/**
 * Returns the file to give to `-kernel`. QEMU takes `-initrd`, and tells the guest where it is, only with a raw kernel,
 * never with an ELF file: an ELF kernel is flattened to `<output>/kernel.img`. Other files are taken as they are.
 *
 * @param kernel, output relative to `root`
 * @throws {UserError} if QEMU would put the kernel elsewhere than it is linked for, or start it elsewhere than at its entry.
 */
async function prepareKernel(root: string, kernel: string, output: string): Promise<string> {
  const bytes = await readFile(resolve(root, kernel));
  if (!isElf(bytes)) return kernel;
  const elf = parseElf(bytes, kernel);
  const { bytes: image, base, entryOffset } = flattenElf(elf);
  const { address, hasHeader } = loadAddress(image);
  if (base !== address) {
    throw new UserError(`the kernel's physical addresses begin at ${hex(base)}, but QEMU loads it at ${hex(address)}`, {
      file: kernel,
      advice: `let the linker script place the first LOAD segment at ${hex(address)} (AT(…), p_paddr)`,
    });
  }
  if (!hasHeader && entryOffset !== 0) {
    throw new UserError(
      `QEMU starts a raw kernel at its first byte, but the entry point of this one, ${hex(elf.entry)}, ` +
        (entryOffset === undefined ? 'is not in the loaded part' : `is ${hex(entryOffset)} bytes behind that`),
      { file: kernel, advice: 'let the linker script place the section with the entry point first' },
    );
  }
  const flat = join(output, 'kernel.img');
  await writeFileWhole(resolve(root, flat), image);
  return flat;
}

type FileOptions = Pick<MachineOptions, 'arch' | 'system' | 'source' | 'output'>;

/**
 * Checks that the files to boot are there, puts a kernel into the form that QEMU needs, and finds firmware.
 * @returns what to load, relative to the workspace root
 * @throws {UserError} if a file is missing or not what was built, or the kernel cannot be booted this way
 */
export async function prepareFiles(root: string, options: FileOptions, signal?: AbortSignal): Promise<BootFiles> {
  const { files, checked } = await startFiles(root, options, signal);
  await checked;
  return files;
}

/**
 * The same, without waiting until the whole disk was read: a machine may start meanwhile.
 *
 * @returns what to load, and what fails if the disk is not what was built.
 */
export async function startFiles(
  root: string,
  options: FileOptions,
  signal?: AbortSignal,
): Promise<{ files: BootFiles; checked: Promise<void> }> {
  const { arch, system, source, output } = options;
  const asBuilt = new AsBuilt(root);
  const check = async (what: string, path: string) => {
    const file = resolve(root, path);
    await access(file).catch(() => {
      throw new UserError(`the ${what} to boot is not there`, {
        file: path,
        advice: `npx nx run ${system}:boot`,
      });
    });
    await asBuilt.check(file);
  };
  if (source.method !== 'direct') {
    const { method, disk } = source;
    const checked = check('disk', disk);
    // Whoever waits for it gets the error.
    checked.catch(() => undefined);
    if (method === 'bios') return { files: { method, disk }, checked };
    try {
      const firmware = await findFirmware(arch, { root, given: source.firmware, signal });
      return { files: { method, disk, firmware }, checked };
    } catch (error) {
      // What is wrong with the disk is said first.
      await checked;
      throw error;
    }
  }
  const { method, kernel, initrd, append } = source;
  await check('kernel', kernel);
  if (initrd !== undefined) await check('initrd', initrd);
  const files: BootFiles = {
    method,
    kernel: await prepareKernel(root, kernel, output),
    initrd,
    ...(append === undefined ? {} : { append }),
  };
  return { files, checked: Promise.resolve() };
}
