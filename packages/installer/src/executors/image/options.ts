import { backend, executorOptions, target, text, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Disk of a config',
    description:
      "Writes the disk that Redox's installer would write for a config of the cookbook, without root and FUSE; the same input gives the same bytes.",
  },
  {
    ...target,
    backend,
    config: text('Config file for the architecture, relative to the workspace.'),
    packages: z
      .record(z.string(), z.string())
      .describe(
        'Stages of the packages, by name; paths are relative to the workspace and may hold {arch} and {backend}.',
      ),
    libraries: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        'Stages of what the packages were built with, by name: one whose shared library a program needs is installed, too.',
      ),
    bootloader: text(
      'The stage that holds usr/lib/boot/bootloader.efi; empty: there is none, and the disk needs none.',
    ),
    outputPath: text('Folder for disk.img and image.json, relative to the workspace.'),
  },
);

/** Options of `@nx-redox/installer:image`, as they are written. */
export type ImageExecutorOptions = z.input<typeof schema>;
