import { executorOptions, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  { title: 'Mistakes of a recipe', description: 'Shows what is wrong with a recipe, and fails.' },
  { problems: z.array(z.string()).min(1).describe('What is wrong, each with its place and advice.') },
);

/** Options of `@nx-redox/recipe:report`, as they are written. */
export type ReportExecutorOptions = z.input<typeof schema>;
