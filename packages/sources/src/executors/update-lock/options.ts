import { executorOptions, flag, texts, type z } from '@nx-redox/kit/options';
import { recipe } from '../../options';

export const schema = executorOptions(
  {
    title: "Lock of a recipe's source",
    description:
      "Moves recipe.lock to the newest commit that the recipe's branch or tag allows, if that changes a file which counts for the recipe.",
  },
  {
    recipe,
    keep: flag('Stays at the same commit or archive: for changed patches, another script or other cargo packages.'),
    sharedBy: texts("Folders of the recipes that use this one's source (same_as), relative to the workspace root."),
  },
);

/** Options of `@nx-redox/sources:update-lock`, as they are written. */
export type UpdateLockExecutorOptions = z.input<typeof schema>;
