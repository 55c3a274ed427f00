import { generatorOptions, z } from '@nx-redox/kit/options';
import { skipFormat, skipPackageJson } from '../skip-format';

export const schema = generatorOptions(
  {
    title: 'Create a system',
    description:
      'Adds a small system that boots: a kernel, a bootstrap, an initfs and a few services for aarch64, to be changed as you like. It sets the workspace up first, if that was not done.',
    examples: [
      {
        command: 'nx g @nx-redox/plugin:system mini',
        description: 'A system in recipes/mini; nx run mini:boot boots it',
      },
    ],
  },
  {
    name: z.string().meta({
      description: 'Name of the system: of its folder in recipes/ and of its project.',
      $default: { $source: 'argv', index: 0 },
      'x-prompt': 'What is the name of the system?',
      'x-priority': 'important',
    }),
    skipPackageJson,
    skipFormat,
  },
);
