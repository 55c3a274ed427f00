import { backend, executorOptions, target, text, z } from '@nx-redox/kit/options';
import { WRITABLE_FORMATS } from '../../format';
import { DEFAULT_SIZE_BUDGET } from '../../write';

export const schema = executorOptions(
  { title: 'bundle', description: 'Writes a Redox initfs image from a list of files.' },
  {
    ...target,
    backend,
    memory: z
      .strictObject({
        image: z.int().min(0).describe('Address of the image.'),
        bootstrap: z.int().min(0).describe("Address of the bootstrap's ELF file."),
      })
      .describe('Where the kernel maps the image, and the bootstrap in it: the address of the first byte of each.'),
    bootstrap: text('ELF file of the bootstrap, relative to the workspace. Paths may contain {arch} and {backend}.'),
    entries: z
      .array(
        z.strictObject({
          from: text(
            'File to copy, relative to the workspace, or a pattern such as dir/* or ** for all files that it matches, which keep their path below its fixed part.',
          ).optional(),
          link: text('Target of a symbolic link, instead of "from".').optional(),
          to: text('Place in the image, such as bin/init; lib/drivers/ puts files into that folder.'),
          origin: text('File and line that ask for this entry, for messages.').optional(),
        }),
      )
      .describe('What the image holds.'),
    output: text('Path of the image, relative to the workspace.'),
    format: z
      .enum(WRITABLE_FORMATS)
      .default('D')
      .describe("Image format, as the bootstrap's own source reads it (base/initfs/src/types.rs)."),
    sizeBudget: z.number().min(0).default(DEFAULT_SIZE_BUDGET).describe('Largest size of the image, in bytes.'),
  },
);

/** Options of `@nx-redox/initfs:bundle`, as they are written. */
export type BundleExecutorOptions = z.input<typeof schema>;
