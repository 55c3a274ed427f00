import { flag, generatorOptions } from '@nx-redox/kit/options';
import { asked, skipFormat } from '../common-options';

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
    system: asked(
      'Name of the system: a folder of recipes/ with a system.toml.',
      'Which system should be the active one?',
    ),
    only: flag('Take all other systems out of the graph.'),
    skipFormat,
  },
);
