import { backend, executorOptions, target, text, z } from '@nx-redox/kit/options';
import { ARCHES } from '@nx-redox/kit';

export const schema = executorOptions(
  {
    title: 'disk',
    description:
      'Writes a disk image that boots Redox, without root or mounts: from files that the options name, or from an installation plan.',
    oneOf: [{ required: ['plan'] }, { required: ['bootloader', 'files', 'sizeMiB'] }],
  },
  {
    ...target,
    backend,
    plan: text(
      'JSON file with an installation plan, relative to the workspace, instead of "bootloader" and "files". Paths may contain {arch} and {backend}.',
    ).optional(),
    bootloader: text(
      "The boot loader's .efi file, relative to the workspace. Paths may contain {arch} and {backend}.",
    ).optional(),
    bios: text('The boot loader for BIOS, relative to the workspace; it begins the disk.').optional(),
    files: z
      .array(
        z.strictObject({
          from: text('File to copy, or folder whose content is copied, relative to the workspace.').optional(),
          link: text('Target of a symbolic link, instead of "from".').optional(),
          folder: z.boolean().optional().describe('Makes an empty folder, instead of "from".'),
          to: text(
            'Place in RedoxFS, such as usr/lib/boot/kernel; / is its root, usr/bin/ puts a file into that folder.',
          ),
          mode: z
            .string()
            .regex(/^[0-7]{3,4}$/)
            .optional()
            .describe('Permissions in octal. Default: 755 for folders and programs, 644 for other files.'),
          uid: z.int().min(0).max(4294967295).optional().describe('Owner. Default: 0, root.'),
          gid: z.int().min(0).max(4294967295).optional().describe('Group. Default: 0, root.'),
          arches: z.array(z.enum(ARCHES)).optional().describe('Architectures that the entry is for. Default: all.'),
          origin: text('File and line that ask for this entry, for messages.').optional(),
        }),
      )
      .optional()
      .describe('What the root file system holds; usr/lib/boot/kernel and usr/lib/boot/initfs must be there.'),
    sizeMiB: z.int().min(2).max(1048576).optional().describe('Size of the whole disk in MiB. A plan can say it, too.'),
    espMiB: z.int().min(1).max(512).default(1).describe('Size of the EFI system partition in MiB.'),
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
