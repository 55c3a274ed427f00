import { executorOptions, json, target, text, z } from '@nx-redox/kit/options';
import { BACKENDS } from '@nx-redox/kit';

export const schema = executorOptions(
  {
    title: 'Measure the files of a component',
    description:
      'Says how large each file in the stage of a component is, one backend beside the other, and what the bytes are for.',
  },
  {
    ...target,
    backends: z
      .array(z.enum(BACKENDS))
      .min(1)
      .max(2)
      .describe('Backends that the component is built with; the first is measured against the second.'),
    outputPath: text('Output folder of the builds, relative to the workspace; {arch} and {backend} are filled in.'),
    json,
  },
);

/** Options of `@nx-redox/cargo:size`, as they are written. */
export type SizeExecutorOptions = z.input<typeof schema>;
