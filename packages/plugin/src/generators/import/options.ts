import { generatorOptions, text, z } from '@nx-redox/kit/options';
import { asked, internal } from '../common-options';

export const schema = generatorOptions(
  {
    title: 'Import a cookbook',
    description:
      'Copies the recipes of a whole cookbook as they are, with the files beside them, and reports what could not be taken or read.',
    examples: [
      {
        command: 'nx g @nx-redox/plugin:import ../checkout/recipes --directory=recipes/imported',
        description: 'The recipes of a folder',
      },
      {
        command: 'nx g @nx-redox/plugin:import https://gitlab.redox-os.org/redox-os/redox.git',
        description: 'Those of a git repository, of which only the newest commit is fetched',
      },
    ],
  },
  {
    from: asked(
      'A folder, or the URL of a git repository. Its recipes are taken from its folder recipes/, or from all of it if there is none.',
      'Which folder or git repository has the recipes?',
    ),
    directory: z.string().optional().meta({
      description:
        'Folder of the workspace that the recipes are copied to. Default: recipes/NAME, with the name of the folder or repository.',
      'x-completion-type': 'directory',
      'x-priority': 'important',
    }),
    branch: text('Branch or tag of the git repository. Default: its default branch.').optional(),
    locks: z
      .boolean()
      .default(true)
      .describe(
        'Write a recipe.lock for each recipe with a git or tar source. This fetches all sources: for a whole cookbook that takes hours.',
      ),
    skipFormat: internal('Do not format nx.json; recipes are never formatted.'),
  },
);
