import { executorOptions, flag, said, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Locks of all recipes in a folder',
    description:
      'Moves the recipe.lock of every recipe below a folder to the newest source that the recipe allows. Goes on when one of them fails.',
  },
  {
    folder: said('Folder above the recipes, relative to the workspace root. Default: that of the project.').optional(),
    missing: flag('Only recipes that have no recipe.lock yet.'),
    keep: flag('Stays at the same commits and archives: for changed patches, scripts or cargo packages.'),
  },
);

/** Options of `@nx-redox/sources:update-locks`, as they are written. */
export type UpdateLocksExecutorOptions = z.input<typeof schema>;
