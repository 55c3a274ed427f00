import { backend, executorOptions, flag, target, text, z } from '@nx-redox/kit/options';
import { SPEC_CHANGES } from '../../specs/catalogue';

export const schema = executorOptions(
  {
    title: 'Compile the standard library',
    description:
      'Derives a target specification and compiles the standard library for it once, so that components need no -Z build-std.',
  },
  {
    ...target,
    backend,
    spec: z
      .strictObject({
        name: text("Part of the target's name."),
        base: text('A target that rustc has built in.'),
        changes: z.array(z.enum(Object.keys(SPEC_CHANGES))).describe('Named changes, applied in this order.'),
      })
      .describe('What to derive the target specification from.'),
    crates: z
      .array(z.string())
      .default(['core', 'alloc'])
      .describe('Crates of the standard library; what they depend on comes along.'),
    std: flag(
      'Adds std and panic_abort, and leaves memcpy and its like to the C library that the programs are linked with.',
    ),
    small: flag('core and alloc choose small algorithms instead of fast ones (their feature optimize_for_size).'),
    outputPath: text('Folder to make, relative to the workspace; {arch} and {backend} are filled in.'),
  },
);

/** Options of `@nx-redox/toolchain:sysroot`, as they are written. */
export type SysrootExecutorOptions = z.input<typeof schema>;
