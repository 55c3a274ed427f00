import { z } from '@nx-redox/kit/options';

export const internal = (description: string) =>
  z.boolean().default(false).meta({ description, 'x-priority': 'internal' });

/** Options of generators that others call. */
export const skipFormat = internal('Do not format the changed files.');
export const skipPackageJson = internal('Do not add dependencies to package.json.');

/** What a generator is for: its first argument, which is asked for if it is not there. */
export const asked = (description: string, prompt: string) =>
  z.string().meta({
    description,
    $default: { $source: 'argv', index: 0 },
    'x-prompt': prompt,
    'x-priority': 'important',
  });
