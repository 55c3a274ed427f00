import { executorOptions, flag, type z } from '@nx-redox/kit/options';
import { recipe } from '../../options';

export const schema = executorOptions(
  {
    title: 'Source of a recipe',
    description:
      "Brings the source that recipe.lock names to the recipe's folder, patched, and makes sure that what lies there is that.",
  },
  {
    recipe: recipe.optional().meta({
      ...recipe.meta(),
      description: "Folder of the recipe.toml, relative to the workspace root; the project's by default.",
    }),
    offline: flag('Uses only what was fetched before. The variable REDOX_OFFLINE=1 does the same for all tasks.'),
    asIs: flag(
      'Takes a source that is there as it is, edits and all, and needs no recipe.lock: for checkouts of the cookbook.',
    ),
  },
);

/** Options of `@nx-redox/sources:fetch`, as they are written. */
export type FetchExecutorOptions = z.input<typeof schema>;
