import { generatorOptions } from '@nx-redox/kit/options';
import { asked, skipFormat, skipPackageJson } from '../common-options';

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
    name: asked('Name of the system: of its folder in recipes/ and of its project.', 'What is the name of the system?'),
    skipPackageJson,
    skipFormat,
  },
);
