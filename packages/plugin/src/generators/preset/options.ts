import { presetOptions, z } from '@nx-redox/kit/options';
import { skipFormat } from '../common-options';

export const schema = presetOptions(
  {
    title: 'Workspace for Redox systems',
    description: 'Sets a new workspace up for Redox systems, with a small one that boots.',
    examples: [
      {
        command: 'npx create-nx-workspace my-os --preset=@nx-redox/plugin',
        description: 'A new workspace with the system mini: nx run mini:boot',
      },
    ],
  },
  {
    name: z.string().meta({ description: 'Name of the workspace.', $default: { $source: 'argv', index: 0 } }),
    system: z.string().default('mini').describe("Name of the workspace's first system."),
    skipFormat,
  },
);
