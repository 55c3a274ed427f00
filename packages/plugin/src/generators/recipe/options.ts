import { generatorOptions, text, z } from '@nx-redox/kit/options';
import { asked, skipFormat } from '../common-options';
import { COMPONENT_KINDS } from './init-script';

export const schema = generatorOptions(
  {
    title: 'Create a component',
    description:
      'Adds a component to a system: its recipe and crate, its place in the initfs and its line in init.rc, or its place on the root file system and its unit, and its boot stage. The next boot of the system shows it.',
    examples: [
      { command: 'nx g @nx-redox/plugin:recipe hello', description: 'A service that serves /scheme/hello' },
      {
        command: 'nx g @nx-redox/plugin:recipe gpiod --kind=driver',
        description: 'A driver, started with the other drivers',
      },
      {
        command:
          'nx g @nx-redox/plugin:recipe clockd --git=https://example.org/clockd.git --rev=v1.2 --marker="clockd: started"',
        description: 'A service whose crate is in a git repository',
      },
    ],
  },
  {
    name: asked(
      'Name of the component: of its folder, its project and its program.',
      'What is the name of the component?',
    ),
    kind: z
      .enum(COMPONENT_KINDS)
      .default('service')
      .meta({
        description:
          'In the initfs: a service and a program are in bin/ and start before the last program of init.rc, a driver is in lib/drivers/ and starts behind the other drivers. On a root file system: a service and a program are in usr/bin/, and a unit starts them.',
        'x-prompt': {
          message: 'What kind of component is it?',
          type: 'list',
          items: [
            { value: 'service', label: 'service: serves a scheme' },
            { value: 'driver', label: 'driver: serves a device' },
            { value: 'program', label: 'program: does something and ends' },
          ],
        },
        'x-priority': 'important',
      }),
    system: text('The system that it belongs to. Default: the active one, the first in nx.json.').optional(),
    description: text('What it does, in a line; for a new crate.').optional(),
    git: text('URL of a git repository with the crate. Without it, a new crate is made.').optional(),
    rev: text('Commit or tag of the git repository. A full commit makes builds reproducible.').optional(),
    branch: text('Branch of the git repository.').optional(),
    package: text("The cargo package in the git repository. Default: the component's name.").optional(),
    marker: text(
      'How the line begins with which the program from the git repository says that it is ready. Default: "NAME: ready".',
    ).optional(),
    skipFormat,
  },
);

/** Options of `@nx-redox/plugin:recipe`, as they are written. */
export type RecipeGeneratorOptions = z.input<typeof schema>;
