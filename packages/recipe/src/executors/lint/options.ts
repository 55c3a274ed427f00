import { executorOptions, flag, json, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'Checks recipes',
    description:
      'Says what is unpinned, unverified, fetched over plain http or unreadable in one recipe or in a folder of them.',
  },
  {
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder of a recipe.toml, or one above several, relative to the workspace root. Default: that of the project.',
      ),
    json,
    strict: flag('Warnings fail too.'),
  },
);

/** Options of `@nx-redox/recipe:lint`, as they are written. */
export type LintExecutorOptions = z.input<typeof schema>;
