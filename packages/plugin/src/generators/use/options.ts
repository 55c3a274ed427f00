import { flag, generatorOptions, z } from '@nx-redox/kit/options';
import { skipFormat } from '../skip-format';

export const schema = generatorOptions(
  {
    title: 'Choose the active system',
    description: 'Makes a system the first one in nx.json: its projects have bare names, and new recipes go there.',
    examples: [
      {
        command: 'nx g @nx-redox/plugin:use mini',
        description: 'The projects of redox have bare names; the system that was active before stays in the graph',
      },
      { command: 'nx g @nx-redox/plugin:use mini --only', description: 'Only mini is in the graph' },
    ],
  },
  {
    system: z.string().meta({
      description: 'Name of the system: a folder of recipes/ with a system.toml.',
      $default: { $source: 'argv', index: 0 },
      'x-prompt': 'Which system should be the active one?',
      'x-priority': 'important',
    }),
    only: flag('Take all other systems out of the graph.'),
    skipFormat,
  },
);
