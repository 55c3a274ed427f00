import { generatorOptions, z } from '@nx-redox/kit/options';
import { internal, skipFormat, skipPackageJson } from '../common-options';

export const schema = generatorOptions(
  {
    title: 'Set up Redox systems',
    description: 'Sets a workspace up for Redox systems. What is there already stays as it is.',
    examples: [{ command: 'nx add @nx-redox/plugin', description: 'Installs the plugin and runs this generator' }],
  },
  {
    addPlugin: z.boolean().optional().meta({
      description: 'Add the plugin to nx.json. Default: yes, unless NX_ADD_PLUGINS or useInferencePlugins is false.',
      'x-priority': 'internal',
    }),
    skipPackageJson,
    keepExistingVersions: internal('Keep the versions of dependencies that are in package.json.'),
    skipFormat,
  },
);
