import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareNames, ConfigReader, type InstallPlan, installPlan, isUsable } from '@nx-redox/cookbook';
import { type DiskRequest, type ImageRecord, writeDisk } from '@nx-redox/image';
import { fillPath, UserError } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import { formatDiagnostic } from '@nx-redox/kit/toml';
import type { schema } from './executors/image/options';
import { addLibraries } from './libraries';
import { readStage } from './stage';

export type ConfigImage = z.output<typeof schema>;

/**
 * Writes the disk of a config: the file system that the installer would write, in a disk of its layout.
 *
 * @param show gets what else was installed than the config says, and why.
 * @throws {UserError} naming the line of the config, or what does not fit.
 */
export async function makeConfigImage(
  workspaceRoot: string,
  options: ConfigImage,
  show: (text: string) => void,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const { arch, backend, config } = options;
  const plan = await planImage(workspaceRoot, options, show);
  const { nodes, disk } = plan;
  const { sizeMiB, efiMiB, bootloader } = disk;
  if (sizeMiB === undefined) {
    throw new UserError('the config does not say how large the disk is', {
      file: config,
      advice: '[general] filesystem_size = 196, in MiB',
    });
  }
  if (!disk.partitions) {
    throw new UserError('[general] skip_partitions: firmware finds no boot loader on a disk without partitions', {
      file: config,
      advice: 'leave it out for a disk that boots',
    });
  }
  if (bootloader.efi === undefined) {
    throw new UserError('no package installs a boot loader for UEFI: usr/lib/boot/bootloader.efi', {
      file: config,
      advice: 'build the recipe bootloader for this architecture',
    });
  }
  const request: DiskRequest = {
    arch,
    backend,
    nodes,
    sizeMiB,
    efiMiB,
    bootloader: { efi: bootloader.efi, bios: bootloader.bios },
    output: fillPath(options.outputPath, { arch, backend }),
    named: { sizeMiB: 'filesystem_size of [general]', efiMiB: 'efi_partition_size of [general]' },
  };
  return writeDisk(workspaceRoot, request, signal);
}

/**
 * What the disk of a config holds.
 *
 * @throws {UserError} with all that is wrong in the config, or a package that was not built.
 */
export async function planImage(
  workspaceRoot: string,
  { arch, backend, config: file, packages, libraries, bootloader }: ConfigImage,
  show: (text: string) => void,
): Promise<InstallPlan> {
  const read = new ConfigReader((name) => {
    const path = join(workspaceRoot, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }).merge(file);
  const fail = (): never => {
    throw new UserError(`the config has mistakes:\n${diagnostics.map(formatDiagnostic).join('\n')}`);
  };
  let { diagnostics } = read;
  if (!isUsable(read)) return fail();
  const stage = (name: string, path: string) => readStage(workspaceRoot, name, fillPath(path, { arch, backend }));
  const stages = (paths: Readonly<Record<string, string>>) =>
    Object.entries(paths).map(([name, path]) => stage(name, path));
  const installed = stages(packages);
  const { added, notes } = addLibraries(workspaceRoot, installed, stages(libraries));
  for (const note of notes) show(`${note}\n`);
  const result = await installPlan({
    config: read.config,
    packages: [...installed, ...added].sort((a, b) => compareNames(a.name, b.name)),
    ...(bootloader === '' ? {} : { bootloader: stage('bootloader', bootloader) }),
  });
  ({ diagnostics } = result);
  return result.plan ?? fail();
}
