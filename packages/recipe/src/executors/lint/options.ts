import { executorOptions, flag, json, said, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Checks recipes',
    description:
      'Says what is unpinned, unverified, fetched over plain http or unreadable in one recipe or in a folder of them.',
  },
  {
    folder: said(
      'Folder of a recipe.toml, or one above several, relative to the workspace root. Default: that of the project.',
    ).optional(),
    json,
    strict: flag('Warnings fail too.'),
  },
);

/** Options of `@nx-redox/recipe:lint`, as they are written. */
export type LintExecutorOptions = z.input<typeof schema>;
