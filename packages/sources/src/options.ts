import { z } from '@nx-redox/kit/options';

/** The recipe that an executor works for. */
export const recipe = z.string().meta({
  description: 'Folder of the recipe.toml, relative to the workspace root.',
  'x-completion-type': 'directory',
  'x-priority': 'important',
});
