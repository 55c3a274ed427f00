import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigReader, isUsable, type MergedConfig } from '@nx-redox/cookbook';
import { type DiskEntry, type ImageRecord, makeDisk } from '@nx-redox/image';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/kit';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import { planInstallation } from './plan';
import { readStage } from './stage';
import type { Content, InstallTree } from './tree';

export interface ConfigImage {
  arch: Arch;
  backend: Backend;
  /** Name of the config. */
  name: string;
  /** The config file for the architecture, relative to the workspace. */
  config: string;
  /** Stages of the packages that are installed, by name; relative to the workspace, with `{arch}` and `{backend}`. */
  packages: Readonly<Record<string, string>>;
  /** The stage that holds `usr/lib/boot/bootloader.efi`, and perhaps `bootloader.bios`. */
  bootloader: string;
  /** Folder for `disk.img` and `image.json`. */
  outputPath: string;
}

/** Where Redox's recipe of the boot loader installs it. */
const BOOT = 'usr/lib/boot';
/** Names of files of the plan that no package has: too long a path is no reason to fail. */
const TEXTS = 'files';

/**
 * Writes the disk of a config: the file system that the installer would write, in a disk of its layout.
 *
 * @throws {UserError} naming the line of the config, or what does not fit.
 */
export async function makeConfigImage(
  workspaceRoot: string,
  options: ConfigImage,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const { arch, backend } = options;
  const filled = (path: string) => fillPath(path, { arch, backend });
  const config = readConfig(workspaceRoot, options.config);
  const { general } = config;
  const size = general.filesystem_size?.value;
  if (size === undefined || size === 0) {
    throw new UserError('the config does not say how large the disk is', {
      file: options.config,
      advice: '[general] filesystem_size = 196, in MiB',
    });
  }
  if (general.skip_partitions?.value === true) {
    throw new UserError('[general] skip_partitions: firmware finds no boot loader on a disk without partitions', {
      ...general.skip_partitions.origin,
      advice: 'leave it out for a disk that boots',
    });
  }
  const stages = Object.entries(options.packages).map(([name, path]) => readStage(workspaceRoot, name, filled(path)));
  const tree = planInstallation(options.name, config, stages, (file) =>
    readFileSync(join(workspaceRoot, file), 'utf8'),
  );
  const output = filled(options.outputPath);
  const texts = join(workspaceRoot, output, TEXTS);
  await rm(texts, { recursive: true, force: true });
  await mkdir(texts, { recursive: true });
  try {
    const files = await diskEntries(workspaceRoot, tree, `${output}/${TEXTS}`);
    const live = general.live_disk?.value === true ? '-live' : '';
    const loader = `${filled(options.bootloader)}/${BOOT}/bootloader${live}`;
    return await makeDisk(
      workspaceRoot,
      {
        arch,
        backend,
        bootloader: `${loader}.efi`,
        bios: existsSync(join(workspaceRoot, `${loader}.bios`)) ? { file: `${loader}.bios` } : {},
        files,
        sizeMiB: size,
        espMiB: general.efi_partition_size?.value,
        outputPath: output,
      },
      signal,
    );
  } finally {
    await rm(texts, { recursive: true, force: true });
  }
}

/** @throws {UserError} with all that is wrong in the files of a config. */
export function readConfig(workspaceRoot: string, file: string): MergedConfig {
  const result = new ConfigReader((name) => {
    const path = join(workspaceRoot, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }).merge(file);
  if (isUsable(result)) return result.config;
  throw new UserError(`the config has mistakes:\n${result.diagnostics.map(formatDiagnostic).join('\n')}`);
}

async function diskEntries(workspaceRoot: string, tree: InstallTree, texts: string): Promise<DiskEntry[]> {
  const entries: DiskEntry[] = [];
  let count = 0;
  const place = async (content: Content): Promise<string> => {
    if (typeof content !== 'string' && content.appended === undefined) return content.from;
    const name = `${texts}/${count++}`;
    const whole =
      typeof content === 'string'
        ? Buffer.from(content)
        : Buffer.concat([readFileSync(join(workspaceRoot, content.from)), Buffer.from(content.appended!)]);
    await writeFile(join(workspaceRoot, name), whole);
    return name;
  };
  for (const [path, { kind, mode, uid, gid, content, target, origin }] of tree.nodes) {
    const common = { to: path, uid, gid, origin };
    if (kind === 'symlink') entries.push({ ...common, link: target! });
    else if (kind === 'directory') entries.push({ ...common, folder: true, mode: mode.toString(8).padStart(3, '0') });
    else entries.push({ ...common, from: await place(content!), mode: mode.toString(8).padStart(3, '0') });
  }
  return entries;
}
