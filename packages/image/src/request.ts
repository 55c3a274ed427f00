import { fillPath } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import type { DiskRequest } from './disk';
import type { schema } from './executors/disk/options';
import { collectTree } from './tree';

/**
 * The disk that the options of the executor `disk` ask for.
 *
 * @throws {UserError} as {@link collectTree}.
 */
export function requestOf(workspaceRoot: string, options: z.output<typeof schema>): DiskRequest {
  const { arch, backend, bootloader, files, sizeMiB, budgetMiB, outputPath } = options;
  const target = { arch, backend };
  return {
    ...target,
    sizeMiB,
    // RedoxFS is at 2 MiB then, where boot loaders look if the firmware tells them nothing of partitions.
    efiMiB: 1,
    bootloader: { efi: fillPath(bootloader, target) },
    nodes: collectTree(workspaceRoot, files, target),
    budgetMiB,
    output: fillPath(outputPath, target),
  };
}
