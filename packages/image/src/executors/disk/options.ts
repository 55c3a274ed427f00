import { backend, executorOptions, target, text, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'disk',
    description: 'Writes a disk image that boots Redox, without root or mounts.',
  },
  {
    ...target,
    backend,
    bootloader: text("The boot loader's .efi file, relative to the workspace. Paths may contain {arch} and {backend}."),
    files: z
      .array(
        z.strictObject({
          from: text('File to copy, or folder whose content is copied, relative to the workspace.'),
          to: text(
            'Place in RedoxFS, such as usr/lib/boot/kernel; / is its root, usr/bin/ puts a file into that folder.',
          ),
        }),
      )
      .describe('What the root file system holds; usr/lib/boot/kernel and usr/lib/boot/initfs must be there.'),
    sizeMiB: z.int().min(2).max(1048576).describe('Size of the whole disk in MiB.'),
    budgetMiB: z
      .number()
      .positive()
      .optional()
      .describe("Most that boot loader and files may take in MiB, RedoxFS's own tables included. Default: no limit."),
    outputPath: text('Folder for disk.img and image.json, relative to the workspace.'),
  },
);

/** Options of `@nx-redox/image:disk`, as they are written. */
export type DiskExecutorOptions = z.input<typeof schema>;
