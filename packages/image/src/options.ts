import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fillPath, UserError } from '@nx-redox/kit';
import { z } from 'zod';
import { type DiskRequest, writeDisk } from './disk';
import type { DiskNode } from './node';
import type { ImageRecord } from './record';
import type { schema } from './executors/disk/options';
import { collectTree } from './tree';

export type DiskOptions = z.input<typeof schema>;

/** What an installer would write, as data: the nodes of the root file system, and the disk around it. */
export interface DiskPlan {
  nodes: readonly DiskNode[];
  disk: {
    sizeMiB?: number;
    efiMiB: number;
    /** False: the disk is one RedoxFS. */
    partitions: boolean;
    bootloader: { efi?: string; bios?: string };
  };
}

const base = { path: z.string(), mode: z.int(), uid: z.int(), gid: z.int(), origin: z.string() };
const planSchema = z.object({
  nodes: z.array(
    z.discriminatedUnion('kind', [
      z.object({ ...base, kind: z.literal('directory') }),
      z.object({ ...base, kind: z.literal('symlink'), target: z.string() }),
      z.object({
        ...base,
        kind: z.literal('file'),
        content: z.array(z.union([z.strictObject({ text: z.string() }), z.strictObject({ source: z.string() })])),
      }),
    ]),
  ),
  disk: z.object({
    sizeMiB: z.int().min(2).optional(),
    efiMiB: z.int().min(1),
    partitions: z.boolean(),
    bootloader: z.object({ efi: z.string().optional(), bios: z.string().optional() }),
  }),
});

/**
 * Writes the disk that the options ask for.
 *
 * @throws {UserError} as {@link writeDisk}, and if the options do not say what the disk holds.
 */
export async function makeDisk(
  workspaceRoot: string,
  options: DiskOptions,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const request =
    options.plan === undefined ? requestOfFiles(workspaceRoot, options) : requestOfPlan(workspaceRoot, options);
  return writeDisk(workspaceRoot, request, signal);
}

function requestOfFiles(workspaceRoot: string, options: DiskOptions): DiskRequest {
  const { arch, backend, bootloader, bios, files, sizeMiB, espMiB = 1, budgetMiB, outputPath } = options;
  if (bootloader === undefined || files === undefined || sizeMiB === undefined) {
    throw new UserError('the options do not say what the disk holds', {
      advice: 'give "bootloader", "files" and "sizeMiB", or a "plan"',
    });
  }
  const target = { arch, backend };
  return {
    ...target,
    sizeMiB,
    nodes: collectTree(workspaceRoot, files, target),
    partitions: {
      efiMiB: espMiB,
      efi: fillPath(bootloader, target),
      ...(bios === undefined ? {} : { bios: fillPath(bios, target) }),
    },
    budgetMiB,
    output: fillPath(outputPath, target),
  };
}

function requestOfPlan(workspaceRoot: string, options: DiskOptions): DiskRequest {
  const { arch, backend, budgetMiB } = options;
  const target = { arch, backend };
  for (const name of ['bootloader', 'bios', 'files', 'espMiB'] as const) {
    if (options[name] !== undefined) {
      throw new UserError(`"${name}" and "plan" exclude each other`, { advice: 'the plan says it; leave one out' });
    }
  }
  const file = fillPath(options.plan!, target);
  const { nodes, disk } = parsePlan(resolve(workspaceRoot, file), file);
  const sizeMiB = options.sizeMiB ?? disk.sizeMiB;
  if (sizeMiB === undefined) {
    throw new UserError('the plan does not say how large the disk is', { file, advice: 'give "sizeMiB"' });
  }
  if (disk.partitions && disk.bootloader.efi === undefined) {
    throw new UserError('the plan has partitions, but no boot loader for UEFI', {
      file,
      advice: 'install a package with usr/lib/boot/bootloader.efi, or leave the partitions out',
    });
  }
  return {
    ...target,
    sizeMiB,
    nodes,
    ...(disk.partitions
      ? { partitions: { efiMiB: disk.efiMiB, efi: disk.bootloader.efi!, bios: disk.bootloader.bios } }
      : {}),
    budgetMiB,
    output: fillPath(options.outputPath, target),
  };
}

function parsePlan(path: string, file: string): DiskPlan {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`the plan cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      file,
      advice: 'run the task that writes it first',
      cause: error,
    });
  }
  const result = planSchema.safeParse(parsedJson(text, file));
  if (result.success) return result.data;
  const { path: at, message } = result.error.issues[0]!;
  throw new UserError(`the plan is not valid at ${at.join('.') || 'its root'}: ${message}`, { file });
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`the plan is not valid JSON: ${(error as Error).message}`, { file, cause: error });
  }
}
