import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigReader, isUsable, type MergedConfig } from '@nx-redox/cookbook';
import { type ContentPart, type DiskNode, type ImageRecord, writeDisk } from '@nx-redox/image';
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
/** What upstream's installer takes if the config does not say. */
const DEFAULT_EFI_MIB = 1;

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
  const stages = Object.entries(options.packages).map(([name, path]) => readStage(workspaceRoot, name, filled(path)));
  const tree = planInstallation(options.name, config, stages, (file) =>
    readFileSync(join(workspaceRoot, file), 'utf8'),
  );
  const live = general.live_disk?.value === true ? '-live' : '';
  const loader = `${filled(options.bootloader)}/${BOOT}/bootloader${live}`;
  const hasBios = existsSync(join(workspaceRoot, `${loader}.bios`));
  return writeDisk(
    workspaceRoot,
    {
      arch,
      backend,
      sizeMiB: size,
      nodes: diskNodes(tree),
      ...(general.skip_partitions?.value === true
        ? {}
        : {
            partitions: {
              efiMiB: general.efi_partition_size?.value ?? DEFAULT_EFI_MIB,
              efi: `${loader}.efi`,
              ...(hasBios ? { bios: `${loader}.bios` } : {}),
            },
          }),
      output: filled(options.outputPath),
      sizeOption: `[general] filesystem_size in ${options.config}`,
      efiOption: `[general] efi_partition_size in ${options.config}`,
    },
    signal,
  );
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

function diskNodes(tree: InstallTree): DiskNode[] {
  return [...tree.nodes].map(([path, { kind, mode, uid, gid, content, target, origin }]) => {
    const common = { path, mode, uid, gid, origin };
    if (kind === 'symlink') return { ...common, kind, target: target! };
    return kind === 'directory' ? { ...common, kind } : { ...common, kind, content: partsOf(content!) };
  });
}

function partsOf(content: Content): ContentPart[] {
  if (typeof content === 'string') return [{ text: content }];
  const { from, appended } = content;
  return appended === undefined ? [{ source: from }] : [{ source: from }, { text: appended }];
}
