import { z } from '@nx-redox/kit/options';

const internal = (description: string) => z.boolean().default(false).meta({ description, 'x-priority': 'internal' });

/** Options of generators that others call. */
export const skipFormat = internal('Do not format the changed files.');
export const skipPackageJson = internal('Do not add dependencies to package.json.');
