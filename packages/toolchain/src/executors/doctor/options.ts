import { executorOptions, texts, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Examine the toolchain',
    description: 'Says which toolchain and programs were found, what is missing and how to get it.',
  },
  { programs: texts('Other programs to look for on PATH, such as qemu-system-aarch64.') },
);

/** Options of `@nx-redox/toolchain:doctor`, as they are written. */
export type DoctorExecutorOptions = z.input<typeof schema>;
