import { backend, executorOptions, json, target, text, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  { title: 'inspect', description: 'Shows what is in a Redox initfs image: format, header, parts, files.' },
  { ...target, backend, image: text('The image, relative to the workspace. May contain {arch} and {backend}.'), json },
);

/** Options of `@nx-redox/initfs:inspect`, as they are written. */
export type InspectExecutorOptions = z.input<typeof schema>;
