import { generatorOptions, z } from '@nx-redox/kit/options';
import { skipFormat } from '../common-options';

export const schema = generatorOptions(
  {
    title: 'Create a workflow for GitHub Actions',
    description: 'Writes a workflow that boots what a change affects, on GitHub Actions, and keeps the reports.',
    examples: [{ command: 'nx g @nx-redox/plugin:ci-workflow', description: 'Writes .github/workflows/boot.yml' }],
  },
  {
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and "-" make a name')
      .default('boot')
      .meta({
        description: 'Name of the workflow and of its file in .github/workflows.',
        $default: { $source: 'argv', index: 0 },
      }),
    skipFormat,
  },
);
