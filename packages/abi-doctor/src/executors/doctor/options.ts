import { executorOptions, flag, json, said, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Finds versions that cannot work together',
    description:
      'Looks in lock files and sources of recipes for releases and system calls that do not fit together or the kernel, and corrects what a lock file can.',
  },
  {
    recipes: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'Folders of recipe.toml files, or above several, relative to the workspace root. Default: that of the project.',
      ),
    kernel: said(
      'Folder of the recipe of the kernel that system calls are compared with. Default: the one that system.toml names.',
    ).optional(),
    fix: flag('Write what a lock file can correct as a patch of the recipe, and add it to its recipe.toml.'),
    json,
  },
);

/** Options of `@nx-redox/abi-doctor:doctor`, as they are written. */
export type DoctorExecutorOptions = z.input<typeof schema>;
