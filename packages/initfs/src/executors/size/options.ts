import { executorOptions, json, target, text, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'size',
    description:
      'Says how large each file of a Redox initfs image is, Cranelift beside LLVM, what the bytes are for, and what is largest in the programs and why it is there.',
  },
  {
    ...target,
    image: text('The images of both backends, relative to the workspace: {backend} stands for either.'),
    programs: z
      .array(
        z.strictObject({
          name: text('What the program is called.'),
          cranelift: text("The file with symbols that Cranelift's build has left."),
          llvm: text("That of LLVM's build."),
        }),
      )
      .default([])
      .describe('Programs of the image as they were linked, relative to the workspace: what is in them is named.'),
    top: z.int().min(1).default(15).describe('How many functions and data are named.'),
    json,
  },
);

/** Options of `@nx-redox/initfs:size`, as they are written. */
export type SizeExecutorOptions = z.input<typeof schema>;
